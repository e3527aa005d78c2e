"""`python -m harness monitor`: what a command uses while it runs."""
