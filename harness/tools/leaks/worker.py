"""One scenario in this process, which `harness.tools.leaks.suite` has started for it."""

from __future__ import annotations

from typing import Any

from harness import runtimes
from harness.instruments.leaks.study import find_leak
from harness.tools.leaks.scenarios import SCENARIOS


def perform(runtime: str, scenario: str, entry: str, runs: int) -> dict[str, Any]:
    """{"report": ...}, {"not_measured": reason} or {"error": reason}."""
    try:
        loaded = runtimes.load(runtime)
        loaded.load()
        repeat = SCENARIOS[scenario](loaded, entry)
        report = find_leak(repeat.run, runs, repeat.watch)
        return {"version": loaded.version(), "report": report.as_dict(), "text": report.text()}
    except NotImplementedError as reason:
        return {"not_measured": " ".join(str(reason).split()) or "not implemented"}
    except BaseException as error:  # some frameworks let a GeneratorExit or a cancellation out
        return {"error": f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")}
