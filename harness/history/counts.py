"""A quick run measures what repeats exactly. What is timed is left out: its former values stay."""

from collections.abc import Mapping
from typing import Any

from harness.common import asked


def choose(init: Any, benchmarks: Any, *args: Any, **options: Any) -> None:
    """Let asv choose benchmarks, of those that the run is for."""
    init(benchmarks, *args, **options)
    if asked.counts_only():
        for name in [name for name, described in benchmarks.items() if timed(described)]:
            del benchmarks[name]


def timed(described: Mapping[str, Any]) -> bool:
    """Whether a benchmark, as asv describes it, is none for a quick run."""
    if described["type"] != "track":
        return True
    return not described.get("quick", "grade" not in described)
