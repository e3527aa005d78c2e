"""`python -m harness leaks`: does an agent leak, what, and from where?"""
