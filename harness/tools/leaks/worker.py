"""One scenario in this process, which `harness.tools.leaks.suite` has started for it."""

from __future__ import annotations

from typing import Any

from harness import runtimes
from harness.instruments.leaks.study import find_leak
from harness.tools.leaks.scenarios import SCENARIOS


def perform(runtime: str, scenario: str, entry: str, runs: int) -> dict[str, Any]:
    """The version of the framework, and what was found as data and as text."""
    loaded = runtimes.load(runtime)
    loaded.load()
    repeat = SCENARIOS[scenario](loaded, entry)
    report = find_leak(repeat.run, runs, repeat.watch)
    return {"version": loaded.version(), "report": report.as_dict(), "text": report.text()}
