"""One scenario in this process, which the verb has started for it."""

from typing import Any

from harness import runtimes
from harness.instruments.leaks.scenarios import repeated
from harness.instruments.leaks.study import find_leak


def perform(runtime: str, scenario: str, entry: str, runs: int) -> dict[str, Any]:
    """The version of the framework, the verdict, and what was found as data and as text."""
    loaded = runtimes.load(runtime)
    loaded.load()
    report = find_leak(repeated(loaded, scenario, entry), runs, watch=True)
    return {
        "verdict": report.verdict,
        "version": loaded.version(),
        "report": report.as_dict(),
        "text": report.text(),
    }
