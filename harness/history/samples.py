"""Keeps every sample: without them two results can only be compared by their intervals.

asv drops samples unless `--record-samples` is given, and `harness check` tests samples.
"""

from __future__ import annotations

from typing import Any

import asv.results


def install() -> None:
    """Change asv in place: results keep their samples. Whether a run appends is left to asv."""
    results = asv.results.Results
    results.add_result = _recording(results.add_result)


def _recording(add_result: Any) -> Any:
    def wrapped(self: Any, benchmark: Any, result: Any, *args: Any, **options: Any) -> None:
        # started_at and duration are the only ones that asv's own callers pass by position
        add_result(self, benchmark, result, *args[:2], **(options | {"record_samples": True}))

    return wrapped
