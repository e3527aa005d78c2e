"""The verb `survey`: the exact figures of many releases of all targets, and where they changed.

Measured are the pairs that are asked for, the newest releases and the last one of each month;
then, wherever an exact row stepped beyond its threshold, what lies between, until it is known in
which release.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any
from unittest import mock

from asv.benchmarks import Benchmarks
from asv.machine import MachineCollection

from harness.cli.dashboard import SOME_FAILED, run_asv, trying_again
from harness.cli.surveyed import OF_THE_MACHINE, Surveyed
from harness.common import files, kinds, options, quantities
from harness.history import machine, progress
from harness.rendering.lines import WIDTH, one_line
from harness.results.configuration import configuration, configurations
from harness.results.target import opened

PAIRS = list[tuple[str, str]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="such as agno (default: all)")
    options.add_time(parser, "--budget", help="begin no release after that, such as 2h")
    parser.add_argument("--shard", metavar="I/N", help="a part of the targets only, such as 1/3")
    parser.add_argument(
        "--pair",
        nargs=3,
        action="append",
        default=[],
        metavar=("TARGET", "OLD", "NEW"),
        help="these two as well; may be repeated",
    )
    options.add_count(parser, "--months", 14, "the last release of so many (default: 14)")
    options.add_count(parser, "--newest", 3, "newest releases of each target (default: 3)")
    parser.add_argument(
        "--again", action="store_true", help="also what failed or was not installed"
    )
    parser.add_argument(
        "--recount", action="store_true", help="also what different code of ours has counted"
    )
    parser.set_defaults(run=_survey)


@dataclass(frozen=True)
class _Step:
    """One release to measure."""

    of: Surveyed
    commit: str


def _survey(arguments: argparse.Namespace) -> int:
    """0 all is measured, or the budget is used up; 1 asv could not run on a target."""
    begin = time.monotonic()
    fields = machine.exact()
    configs = _configs(arguments)
    targets = [
        Surveyed(name, config, fields["machine"], arguments.recount)
        for name, config in configs.items()
    ]
    shown = _Line()
    with measuring_as(fields), progress.shown(shown), trying_again(arguments.again):
        for each in targets:
            own = [pair for name, *pair in arguments.pair if name == each.name]
            each.choose([*_pairs(each.config), *own], arguments.months, arguments.newest)
        while steps := _steps(targets, arguments.again):
            shown.plan(steps)
            for step in steps:
                if arguments.budget and time.monotonic() - begin > arguments.budget:
                    shown.clear()
                    print(f"{shown.line()}: the budget is used up, the same command continues")
                    return _report(targets)
                with shown.during(step):
                    _measure(step)
    return _report(targets)


def _configs(arguments: argparse.Namespace) -> dict[str, Path]:
    """The configurations of the targets that are asked for, by name."""
    chosen = configurations(arguments.targets)
    configurations([pair[0] for pair in arguments.pair])
    names = _shard(arguments.shard, list(chosen)) if arguments.shard else list(chosen)
    return {name: chosen[name] for name in names}


def _shard(text: str, names: Sequence[str]) -> Sequence[str]:
    """Part i of n: a target is one machine's, as what is bisected hangs on what was measured."""
    part, slash, parts = text.partition("/")
    whole = slash and quantities.is_digits(part) and quantities.is_digits(parts)
    if not (whole and 1 <= int(part) <= int(parts)):
        raise ValueError(f"a shard is written 1/3, the first of three, not {text!r}")
    if int(part) > len(names):
        raise ValueError(f"shard {text}: there are only {len(names)} targets")
    return names[int(part) - 1 :: int(parts)]


def _pairs(config: Path) -> PAIRS:
    """Those in the configuration, as `"harness": {"pairs": [[OLD, NEW], ...]}`."""
    section = getattr(configuration(config), "harness", {})
    section = kinds.of(dict[str, Any], section, f"{config}: harness")
    found: PAIRS = kinds.of(list[tuple[str, str]], section.get("pairs", []), f"{config}: pairs")
    return found


@contextlib.contextmanager
def measuring_as(fields: dict[str, str], counts_only: bool = True) -> Iterator[None]:
    """asv measures, counts alone or all, as a machine that the user's own file does not know.

    A target's benchmarks are the same for all its releases: asv is to find them once.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "machines.json"))
        MachineCollection.save(fields["machine"], fields, path)
        discover = functools.partial(_discover_once, Benchmarks.discover, {})
        with (
            mock.patch.object(MachineCollection, "get_machine_file_path", lambda: path),
            mock.patch.object(Benchmarks, "discover", discover),
            mock.patch.dict(os.environ, {"HARNESS_COUNTS_ONLY": str(int(counts_only))}),
        ):
            yield


def _discover_once(discover: Any, known: dict[str, Any], conf: Any, *which: Any, **how: Any) -> Any:
    folder = os.path.abspath(conf.results_dir)
    if folder not in known:
        known[folder] = discover(conf, *which, **how)
    return known[folder]


def _steps(targets: Sequence[Surveyed], again: bool) -> list[_Step]:
    """What is to be measured in this round: the largest steps first, else each target's first."""
    ordered = [
        (-size, place, _Step(each, commit))
        for each in targets
        for place, (commit, size) in enumerate(each.left(again).items())
    ]
    return [step for *_, step in sorted(ordered, key=lambda item: item[:2])]


def _measure(step: _Step) -> None:
    """Let asv measure a release; what cannot be installed is in its results."""
    step.of.begun.add(step.commit)
    others = step.of.others(step.commit)
    every = [f"^(?!{re.escape(OF_THE_MACHINE)})", "--skip-existing-successful"]
    again = [rf"^({'|'.join(map(re.escape, others))})(\(|$)"]
    with tempfile.TemporaryDirectory() as folder:
        files.write(path := Path(folder, "commits"), f"{step.commit}\n")
        what = ["run", f"HASHFILE:{path}", "--no-pull", "--machine", step.of.machine, "--bench"]
        try:
            for which in [every, again] if others else [every]:
                run_asv(step.of.config, *what, *which, allowed=SOME_FAILED)
        except ValueError as error:
            step.of.broken = str(error)


class _Line(progress.Progress):
    """How far the survey is, in releases; asv's own lines are not shown beside it."""

    def __init__(self) -> None:
        super().__init__(sys.stdout.isatty(), alone=True)
        self._now = "choosing releases"
        self._to_come: list[_Step] = []
        self._done = 0
        self._seconds: dict[str, list[float]] = defaultdict(list)

    def plan(self, steps: Sequence[_Step]) -> None:
        self._to_come = list(steps)

    @contextlib.contextmanager
    def during(self, step: _Step) -> Iterator[None]:
        """The first release of the round that is not measured yet is measured."""
        begin = time.monotonic()
        self._now = f"{step.of.name} {step.of.titles[step.commit]}"
        self.draw()
        yield
        self._seconds[step.of.name].append(time.monotonic() - begin)
        self._to_come.remove(step)
        self._done += 1
        if not self.on_terminal:
            print(self.line(), flush=True)

    def line(self) -> str:
        """What is measured, and how long the others take if they are like those before."""
        line = f"{self._now}: {self._done} of {self._done + len(self._to_come)} releases"
        known = [seconds for each in self._seconds.values() for seconds in each]
        if not (known and self._to_come):
            return line
        each = [fmean(self._seconds.get(step.of.name) or known) for step in self._to_come]
        return f"{line}, {progress.remaining(sum(each))} left, and then what these show"

    def begin(self, *asked: object) -> None:
        """asv's benchmarks of one release: they are not shown."""

    def kept(self, results: object) -> None:
        """As `begin`."""

    def done(self, commit: str, failed: bool = False) -> None:
        """As `begin`."""


def _report(targets: Sequence[Surveyed]) -> int:
    """Say of each target what it has, and what could not be measured."""
    for each in targets:
        if not each.begun and each.broken:
            print(one_line(f"{each.name}: not measured: {each.broken}"))
            continue
        with opened(each.config) as target:
            found = each.results(target)
            without = [result for result in found if not result.has_numbers]
            print(f"{each.name}: {len(found) - len(without)} releases have numbers", end="")
            print(f"; stopped: {each.broken}" if each.broken else "")
            for result in without:
                notes = [note.in_words for of in result.notes.values() for note in of]
                why = (notes or ["no reason was kept"])[0]
                print("  " + one_line(f"{target.title(result)} has none: {why}", WIDTH - 2))
    return int(any(each.broken for each in targets))
