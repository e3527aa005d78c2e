"""The page of results: `python -m harness report` writes it from the committed results alone.

Nothing is fetched and nothing is typed: the name and date of a release come from its results
and from the list of packages beside them.
"""
