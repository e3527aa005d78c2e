"""`python -m harness profile`: where time and memory of a runtime go."""
