"""Whether repeated runs hold on to something, what it is, and where it comes from.

    report = find_leak(run, iterations=500)      # `def` or `async def` without arguments
    print(report.verdict); print(report.text())

Importable in a measured process: nothing but the standard library and psutil.
"""

from harness.instruments.leaks.report import LEAK, NO_LEAK, NOT_ENOUGH, Finding, Report
from harness.instruments.leaks.study import find_leak

__all__ = ["LEAK", "NOT_ENOUGH", "NO_LEAK", "Finding", "Report", "find_leak"]
