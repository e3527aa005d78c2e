"""Exact figures of any set of packages, without asv's environments: those of the dashboard, since
the same session measures the same cells in the same processes.

All that is exact in a file of benchmarks is measured whenever one figure of it is asked for: the
cells of a file share processes, so that each finds what it finds on the dashboard.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asv.repo import NoSuchNameError

from harness.check import where
from harness.check.blame import Unmeasured
from harness.check.rows import Row
from harness.cli.surveyed import OF_THE_MACHINE
from harness.common import asked, children, options
from harness.history import code, install, releases
from harness.history.cached import Environment
from harness.history.environments import environment
from harness.history.errors import HistoryError
from harness.history.plugin import ReleaseHistory
from harness.history.release import Release
from harness.results import figures
from harness.results.figures import NOTHING
from harness.results.files import BadInput, NoResults
from harness.results.result import Result
from harness.results.target import Target

MEASURE = "harness.session.exactly:perform"
LIMIT = 3000.0
"""Seconds, of the figures of one environment: twice what a session gives itself."""

UNLIKE = 0.005
"""By which share a figure and that of the results differ that are not the same."""


@dataclass(frozen=True)
class Exact:
    """An exact figure of the framework: its row, without values, and how it is measured.

    file: of benchmarks; job: for a worker; cell, figure: the label of what is measured, and which
    figure of it.
    """

    row: Row
    file: str
    job: dict[str, Any]
    cell: str
    figure: str


def exact(benchmarks: Mapping[str, Any], runtime: str) -> Iterator[Exact]:
    """The exact figures of a runtime, as asv describes them beside results."""
    for name, about in benchmarks.items():
        if not about.get("exact") or not about.get("measure") or name.startswith(OF_THE_MACHINE):
            continue
        names, unit = tuple(about["param_names"]), str(about.get("unit") or "")
        for params in itertools.product(*about["params"]):
            row = Row(name, names, params, about["grade"], unit, 1, NOTHING, NOTHING, repeats=True)
            measured, args, label = where.cell(about, row, runtime)
            if measured == runtime:
                job = {"measure": about["measure"], "runtime": runtime, "args": args}
                file = str(about.get("setup_cache_key", name)).partition(":")[0]
                yield Exact(row, file, job, label, about["figure"])


class Laboratory:
    """Environments of a target's releases, and the exact figures in them.

    rows: those asked for, by label; measured: a folder for each set of packages that was measured;
    reasons: why rows failed in one of them, and how many.
    """

    def __init__(self, target: Target, bench: str = "") -> None:
        """bench: a pattern of labels. BadInput: no target of releases, nothing measured of it yet,
        or no such figure."""
        if not isinstance(target.repo, ReleaseHistory):
            raise BadInput(
                f"{target.folder.name} is measured by commits, and this needs releases; where two"
                " commits differ says `profile --commit`"
            )
        self._target, self._history = target, target.repo
        runtimes = target.conf.matrix.get("env_nobuild", {}).get("AGENT_RUNTIME") or ["floor"]
        self._runtime = str(runtimes[0])
        self._every = list(exact(target.benchmarks, self._runtime))
        self.rows = {
            each.row.label: each for each in self._every if re.search(bench, each.row.label)
        }
        if not self.rows:
            raise BadInput(f"no exact figure of {target.folder.name} is named like {bench!r}")
        self.measured: set[Path] = set()
        self.reasons: Counter[str] = Counter()
        self.platform = install.python_tag()

    def release(self, name: str) -> tuple[str, Release]:
        """The commit of a release, and what is known of it; BadInput where there is none."""
        try:
            commit = self._history.get_hash_from_name(name)
            return commit, self._history.release(commit)
        except (NoSuchNameError, KeyError):
            raise BadInput(f"{self._history.spec.name} has no release {name}") from None

    def environment(
        self, of: Release, as_of: Release, pins: Sequence[str] = (), near: Sequence[str] = ()
    ) -> Environment:
        """A release with the dependencies of the day of another one; Unmeasured says why not.

        pins: `name==version` of what has no other version; near: of what keeps its version unless
        something speaks against it.
        """
        spec = self._history.spec
        try:
            return environment(
                spec.name,
                of.version,
                with_=spec.beside,
                extras=spec.extras,
                as_of=as_of.uploaded,
                pins=pins,
                near=near,
                beside=self._target.folder / releases.BESIDE,
                say=options.progress,
            )
        except HistoryError as error:
            raise Unmeasured(str(error)) from None

    def figures(self, place: Environment, labels: Iterable[str]) -> dict[str, float]:
        """The figures in an environment, where they are any; Unmeasured where none is."""
        wanted = [self.rows[label] for label in labels]
        said = self._measure(place, {each.file for each in wanted})
        found = {}
        for each in wanted:
            outcome = said[each.cell]
            if values := outcome["samples"].get(each.figure):
                found[each.row.label] = float(values[0])
            elif not outcome["not_measured"]:  # what a framework cannot do is no reason to worry
                reason = outcome["error"] or "it gives no such figure"
                self.reasons[f"{place.package} {place.version}: {reason}"] += 1
        if not found:
            why = [*self.reasons, "it can do nothing of that"]
            raise Unmeasured(f"{place.package} {place.version} gives no figure: {why[0]}")
        return found

    def unlike_results(self, commit: str, found: Mapping[str, float]) -> Iterator[str]:
        """Where the results of a release have other figures than these, which one is the first."""
        try:
            kept = [each for group in self._target.every() for each in group]
        except NoResults:
            return
        for result in kept:
            if (result.commit, result.platform) != (commit, self.platform):
                continue
            known = {label: _kept(result, self.rows[label].row) for label in found}
            other = [each for each in found if _is_other(known[each], found[each])]
            if other:
                yield (
                    f"{len(other)} of {len(found)} figures of {result.name} are others in its"
                    f" results, {other[0]} first ({found[other[0]]:g}, there {known[other[0]]:g}):"
                    " perhaps counted by other code of ours"
                )

    def _measure(self, place: Environment, of: set[str]) -> dict[str, Any]:
        """What became of each exact cell of these files, by its label; it stays in the cache."""
        jobs: dict[str, list[dict[str, Any]]] = {}
        for each in self._every:
            if each.file in of and each.job not in jobs.setdefault(each.file, []):
                jobs[each.file].append(each.job)
        kept = self._kept(place)
        kept.mkdir(parents=True, exist_ok=True)
        asked.forget_failures(kept / asked.CELLS)
        self.measured.add(kept)
        options.progress(f"measuring {', '.join(jobs)} in {place.folder.name} ...")
        try:
            said = children.call(
                MEASURE,
                {"files": list(jobs.values())},
                limit=LIMIT,
                python=str(place.python),
                env={"HARNESS_SIDECAR": str(kept)},
            )
        except children.ChildFailed as error:
            raise Unmeasured(f"{place.folder.name}: {error}") from None
        return {each["label"]: each for each in said}

    def _kept(self, place: Environment) -> Path:
        """The same packages give the same figures, as long as they are counted by the same code."""
        counting = code.of({each.job["measure"] for each in self._every}, self._runtime)
        said = json.dumps([place.installed, self.platform, counting])
        key = hashlib.sha256(said.encode()).hexdigest()
        return releases.cache_dir() / "attribute" / f"{place.package}-{key[:16]}"


def _is_other(kept: float | None, found: float) -> bool:
    """Whether a figure in results is not this one. Another path or process moves few calls."""
    return kept is not None and abs(kept - found) > UNLIKE * abs(found)


def _kept(result: Result, row: Row) -> float | None:
    """The figure of a row in results, if it is there."""
    found = figures.read(result.asv, row.benchmark).get(row.params)
    return found.value if found and found.measured else None
