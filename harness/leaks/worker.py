"""One scenario in this process; started by `harness.leaks.suite`.

Arguments: the report to write, then a JSON object with runtime, scenario, entry and runs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from harness import runtimes
from harness.leaks.scenarios import SCENARIOS
from harness.leaks.study import find_leak


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
    except Exception as error:
        return {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}


def main() -> None:
    """Raise the limit of descriptors, perform, write."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65536)), hard))
    Path(sys.argv[-2]).write_text(json.dumps(perform(**json.loads(sys.argv[-1]))))
    sys.stdout.flush()
    # Threads that a framework left running must not keep this process.
    import os

    os._exit(0)
