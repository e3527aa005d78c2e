"""All checks of a runtime, in the interpreter that has its framework."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from harness import runtimes
from harness.tools.concurrency.suite import suite


def perform(
    runtime: str, entries: Sequence[str], counts: Sequence[int], interleavings: int, seed: int
) -> Iterator[dict[str, Any]]:
    """The fields of one `Report` a check, as it is done."""
    loaded = runtimes.load(runtime)
    loaded.load()
    for report in suite(loaded, entries, counts, interleavings, seed):
        yield dataclasses.asdict(report)
