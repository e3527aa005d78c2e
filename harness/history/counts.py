"""A quick run measures what repeats exactly. What is timed is left out: its former values stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.common import asked


def run_benchmarks(run: Any, benchmarks: Any, env: Any, **options: Any) -> Any:
    """Let asv run what the run is for."""
    if asked.counts_only():
        left_out = [name for name, described in benchmarks.items() if timed(described)]
        benchmarks = benchmarks.filter_out(left_out)
    asked.begin(benchmarks)
    return run(benchmarks, env, **options)


def timed(described: Mapping[str, Any]) -> bool:
    """Whether a benchmark, as asv describes it, is none for a quick run."""
    if described["type"] != "track":
        return True
    return not described.get("quick", "grade" not in described)
