"""Concurrency checks: is an agent right, not only fast, when many runs share it?

`checks` has the checks, `worker` runs them all, `check` says what one of them is and found.
Standard library only, so that they also run where nothing but a framework is installed.
"""
