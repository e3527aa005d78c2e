"""What takes the place of asv's own functions while it measures: each benchmark is saved when it
is done, and the same command goes on where an interrupted run has stopped.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from asv import util

from harness.history import guard, machine, unfinished

KEPT = (
    "_results", "_samples", "_stats", "_benchmark_params", "_profiles", "_started_at", "_duration",
    "_benchmark_version", "_stderr", "_errcode",
)  # fmt: skip
"""What asv's results know of each benchmark."""

_goes_on = False  # whether this run is to continue an interrupted one
_measured: _Measured | None = None


def run(run: Any, conf: Any, **options: Any) -> Any:
    """`asv run`, and that of `asv continuous`.

    What an interrupted run has measured is only used where asv is to skip what is saved.
    """
    global _goes_on
    _goes_on = bool(options.get("skip_successful"))
    folder = Path(conf.results_dir, options.get("machine") or machine.this())
    with guard.alone(folder):
        return guarded(run, conf, **options)


def guarded(command: Any, *args: Any, **options: Any) -> Any:
    """A command of asv that measures; an interrupt ends it as one, wherever it came."""
    try:
        with guard.guarded():
            return command(*args, **options)
    except util.UserError as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise error.__context__ from None
        raise


def run_benchmarks(run: Any, benchmarks: Any, env: Any, results: Any, **options: Any) -> Any:
    """Let asv run benchmarks, which know what else is run."""
    global _measured
    _measured = _Measured(benchmarks, results, **options)
    try:
        with unfinished.folder(benchmarks, env, results, goes_on=_goes_on):
            return run(benchmarks, env, results=results, **options)
    finally:
        _measured = None


def add_result(
    add: Any, results: Any, benchmark: Any, result: Any, *args: Any, **options: Any
) -> None:
    """Keep every sample, which `harness check` tests; asv drops them without --record-samples.

    Whether a run appends is left to asv.
    """
    # started_at and duration are the only ones that asv's own callers pass by position
    add(results, benchmark, result, *args[:2], **(options | {"record_samples": True}))
    if _measured:
        _measured.add(benchmark["name"], failed=all(each is None for each in result.result))


class _Measured:
    """The benchmarks of one commit and environment, while they are measured."""

    def __init__(
        self,
        benchmarks: Any,
        results: Any,
        quick: bool = False,
        extra_params: Any = None,
        run_rounds: Any = None,
        **_: Any,
    ) -> None:
        self._results = results
        self._former = {key: dict(getattr(results, key)) for key in KEPT}
        self._left: dict[str, int] = {}  # rounds to come
        for name, benchmark in benchmarks.items():
            told = {**benchmark, **(extra_params or {}), **({"rounds": 1} if quick else {})}
            rounds = int(told.get("rounds", 1))
            self._left[name] = sum(n <= rounds for n in run_rounds) if run_rounds else rounds

    def add(self, name: str, failed: bool) -> None:
        """A round of a benchmark is done; asv gives up one that failed. Saves after the last."""
        self._left[name] = 0 if failed else self._left[name] - 1
        if self._left[name] or not hasattr(self._results, "kept_in"):
            return
        done = copy.copy(self._results)
        for key in KEPT:
            now, former = getattr(done, key), self._former[key]
            kept = {one: value for one, value in now.items() if not self._left.get(one)}
            kept |= {one: value for one, value in former.items() if self._left.get(one)}
            setattr(done, key, kept)
        done.save(self._results.kept_in)
