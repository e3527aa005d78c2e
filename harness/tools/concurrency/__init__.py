"""Concurrency checks: is an agent right, not only fast, when many runs share it?

`checks` has the checks, `suite` runs them all, `report` says what one of them found. Standard
library only, so that they also run where nothing but a framework is installed.
"""
