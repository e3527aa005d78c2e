"""Findings of a study of leaks, for the tests that read them."""

import os


def found(report, kind):
    """The findings of a kind."""
    return [finding for finding in report.findings if finding.kind == kind]


def evidence(report, kind):
    """The one finding of a kind, and its evidence as text."""
    (finding,) = found(report, kind)
    return finding, "\n".join(finding.evidence)


def line_of(function):
    """Where a function's one statement is."""
    code = function.__code__
    return f"{os.path.basename(code.co_filename)}:{code.co_firstlineno + 1}"
