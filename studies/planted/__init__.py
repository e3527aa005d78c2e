"""Planted regressions: a tiny agent framework whose git history holds one known defect a commit.

It is what the instrument is tested with: what was planted must be found, and nothing else.
"""
