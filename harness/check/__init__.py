"""`python -m harness check`: is a commit slower, hungrier or broken, and is that real?"""
