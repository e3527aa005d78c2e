"""What takes the place of asv's own functions while it measures: each benchmark is saved when it
is done, and the same command goes on where an interrupted run has stopped.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asv import util
from asv.results import Results
from asv.runner import BenchmarkResult

from harness.common import asked, family
from harness.history import code, guard, machine, progress, safety, unfinished
from harness.history.errors import stop

KEPT = (
    "_results", "_samples", "_stats", "_benchmark_params", "_profiles", "_started_at", "_duration",
    "_benchmark_version", "_stderr", "_errcode",
)  # fmt: skip
"""What asv's results know of each benchmark."""

_goes_on = False  # whether this run is to continue an interrupted one
_by_commit = False  # whether it leaves out commits that have results, whichever these are
_measured: _Measured | None = None


def run(run: Any, conf: Any, **options: Any) -> Any:
    """`asv run`, and that of `asv continuous`.

    What an interrupted run has measured is only used where asv is to skip what is saved.
    """
    global _goes_on, _by_commit
    _by_commit = bool(options.get("skip_existing_commits")) or options.get("range_spec") == "NEW"
    _goes_on = bool(options.get("skip_successful")) or _by_commit
    safety.refuse_links(conf.results_dir)
    folder = Path(conf.results_dir, options.get("machine") or machine.this())
    # As another machine, such as the one that stands for all, it has the same environments.
    with guard.alone(folder), guard.alone(Path(conf.env_dir)):
        return guarded(run, conf, **options)


def existing_hashes(existing: Any, folder: str) -> list[str]:
    """Commits that have results. To `asv run NEW`, an interrupted one is new."""
    begun = (path for path in unfinished.of_files() if _by_commit and Path(path).exists())
    return list(set(existing(folder)) - {Results.load(path).commit_hash for path in begun})


def existing_results(existing: Any, folder: str, *args: Any) -> Iterator[Any]:
    """What asv finds when it looks for what to skip."""
    begun = unfinished.of_files() if _by_commit else set()
    for results in safety.existing_results(existing, folder, *args):
        if os.path.abspath(Path(folder, results._filename)) not in begun:
            progress.kept(results)
            yield results


def guarded(command: Any, *args: Any, **options: Any) -> Any:
    """A command of asv that measures; an interrupt ends it as one, wherever it came.

    A variable that no worker could read ends it before it begins.
    """
    try:
        asked.processes()
        family.memory()
    except ValueError as error:
        stop(str(error))
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
    code.begin(results, benchmarks)
    try:
        with unfinished.folder(benchmarks, env, results, goes_on=_goes_on) as goes_on:
            if goes_on and hasattr(results, "kept_in"):
                benchmarks = benchmarks.filter_out(safety.done(results, results.kept_in))
            asked.begin(benchmarks)
            _measured.rounds = unfinished.rounds()
            result = run(benchmarks, env, results=results, **options)
        progress.release()
        return result
    finally:
        _measured = None


def run_benchmark(run: Any, benchmark: Any, spawner: Any, **how: Any) -> Any:
    """Let asv run one round of a benchmark, unless an interrupted run has measured it."""
    name, profile, cwd = benchmark["name"], how.pop("profile"), how.pop("cwd")
    if _measured and not profile:
        key = json.dumps([name, how])
        if kept := _measured.rounds.get(key):
            return BenchmarkResult(*kept.pop(0))
    result = run(benchmark, spawner, profile=profile, cwd=cwd, **how)
    if _measured and not profile and not _measured.is_last(name) and None not in result.result:
        unfinished.keep_round(key, result)
    return result


def add_result(
    add: Any, results: Any, benchmark: Any, result: Any, *args: Any, **options: Any
) -> None:
    """Keep every sample, which `harness check` tests; asv drops them without --record-samples.

    Whether a run appends is left to asv.
    """
    # started_at and duration are the only ones that asv's own callers pass by position
    add(results, benchmark, result, *args[:2], **(options | {"record_samples": True}))
    failed = all(each is None for each in result.result)
    if not _measured or _measured.add(benchmark["name"], failed):
        progress.done(results, failed)


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
        self.rounds: dict[str, list[Any]] = {}  # that an interrupted run has measured
        self._left: dict[str, int] = {}  # rounds to come
        for name, benchmark in benchmarks.items():
            given = {**benchmark, **(extra_params or {}), **({"rounds": 1} if quick else {})}
            rounds = int(given.get("rounds", 1))
            self._left[name] = sum(n <= rounds for n in run_rounds) if run_rounds else rounds

    def is_last(self, name: str) -> bool:
        """Whether the next round of a benchmark is its last: then it is saved."""
        return self._left[name] <= 1

    def add(self, name: str, failed: bool) -> bool:
        """A round of a benchmark is done, and saved if it is the last: whether it is. asv gives
        up a benchmark that failed."""
        self._left[name] = 0 if failed else self._left[name] - 1
        if not self._left[name] and hasattr(self._results, "kept_in"):
            self._save()
        return not self._left[name]

    def _save(self) -> None:
        done = copy.copy(self._results)
        for key in KEPT:
            now, former = getattr(done, key), self._former[key]
            kept = {one: value for one, value in now.items() if not self._left.get(one)}
            kept |= {one: value for one, value in former.items() if self._left.get(one)}
            setattr(done, key, kept)
        done.save(self._results.kept_in)
