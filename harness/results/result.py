"""One results file of asv and the files beside it: what was installed, what is missing and why."""

import functools
import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from packaging.version import VERSION_PATTERN, InvalidVersion, Version

from harness.common import kinds
from harness.history import code, machine, notes, release, validity
from harness.results import figures
from harness.results.figures import FLOOR, Figure, literal

Params = tuple[object, ...]

KEPT: dict[str, Any] = {
    "params": dict[str, Any],
    "env_vars": dict[str, Any],
    "commit_hash": str,
    "env_name": str,
    "date": float,
    "_results": dict[str, list[Any] | None],
    "_benchmark_params": dict[str, list[list[str]]],
    "_stats": dict[str, list[dict[str, Any]] | None],
    "_samples": dict[str, list[list[Any] | None] | None],
    "_duration": dict[str, Any],
    "_started_at": dict[str, Any],
}
"""What asv's `Results` hold of a file, whatever the file says."""

LAST = 2.5e14  # milliseconds, in the year 9892
MOST = 1_000_000
"""Combinations of parameters of one benchmark."""


@dataclass(frozen=True, eq=False)
class Result:
    """One commit on one machine in one environment.

    asv: asv's `Results`; stem: the file's path without .json, which the files beside it share;
    benchmarks: asv's descriptions of today's benchmarks by name.
    """

    asv: Any = field(repr=False)
    stem: Path
    benchmarks: Mapping[str, Any] = field(repr=False)

    def __post_init__(self) -> None:
        """ValueError for a file that asv reads, and that yet is none of its results files."""
        for name, kind in KEPT.items():
            kinds.of(kind, getattr(self.asv, name), name.lstrip("_"))
        for name, axes in self.asv._benchmark_params.items():
            if math.prod(map(len, axes)) > MOST:
                raise ValueError(f"{name} has more than {MOST} combinations of parameters")
        if not 0 <= self.asv.date < LAST:
            raise ValueError(f"date must be milliseconds since 1970, not {self.asv.date!r:.40}")

    @property
    def commit(self) -> str:
        return str(self.asv.commit_hash)

    @property
    def date(self) -> datetime:
        """That of the commit (UTC); of a release, its upload."""
        return datetime.fromtimestamp(self.asv.date / 1000, UTC)

    @property
    def machine(self) -> str:
        return str(self.asv.params.get("machine", "?"))

    @property
    def is_exact(self) -> bool:
        """Whether its machine stands for all that count the same."""
        return machine.is_exact(self.machine)

    @property
    def environment(self) -> str:
        """asv's name of the environment."""
        return str(self.asv.env_name)

    @property
    def name(self) -> str:
        """`v1.2.3` where a list of packages names the release, else the abbreviated commit."""
        return f"v{self.version}" if self.version else self.commit[:8]

    @property
    def version(self) -> str:
        """That of the release by the list of packages, or "" without one."""
        version = self.resolved[0].split()[0].partition("==")[2] if self.resolved else ""
        return version if re.fullmatch(VERSION_PATTERN, version, re.VERBOSE | re.IGNORECASE) else ""

    @property
    def order(self) -> tuple[Version, datetime, str]:
        """Its place: releases by version, in which no line comes between another; commits by date.

        Commits of one moment are distinguished by their hash: the repository may not be at hand.
        """
        return Version(self.version or "0"), self.date, self.commit

    @functools.cached_property
    def figures(self) -> Mapping[str, Mapping[Params, Figure]]:
        """The finite values by benchmark and parameters, of today's versions of the benchmarks."""
        found = {}
        for name in sorted(self.asv.get_result_keys(self.benchmarks)):
            values = figures.read(self.asv, name)
            found[name] = {
                tuple(map(literal, of)): values[of]
                for of in itertools.product(*self.benchmarks[name]["params"])
                if of in values and values[of].measured
            }
        return found

    def get(self, benchmark: str, *params: object) -> Figure | None:
        """The figure of one combination of parameters, or None where there is none."""
        return self.figures.get(benchmark, {}).get(params)

    @property
    def runtime(self) -> str:
        """The runtime that was measured beside the floor, or the floor."""
        return str(self.asv.env_vars.get("AGENT_RUNTIME", FLOOR))

    @property
    def has_numbers(self) -> bool:
        """Whether anything of that runtime was measured."""
        return any(self.runtime in params for table in self.figures.values() for params in table)

    @functools.cached_property
    def durations(self) -> dict[str, float]:
        """Seconds by benchmark; `<build>` and `<setup_cache ...>` stand beside them."""
        return {k: float(v) for k, v in self.asv.duration.items() if isinstance(v, (int, float))}

    def begun(self, benchmark: str) -> float:
        """When a benchmark was measured (milliseconds since 1970); 0 where that was not kept."""
        found = self.asv.started_at.get(benchmark)
        return float(found) if isinstance(found, (int, float)) else 0.0

    @functools.cached_property
    def _freeze(self) -> list[str] | None:
        text = _text(f"{self.stem}.freeze.txt")
        return None if text is None else list(filter(None, map(str.strip, text.splitlines())))

    @property
    def installed(self) -> list[str] | None:
        """Lines of pip freeze; None where they were not kept."""
        freeze = self._freeze
        return None if freeze is None else [line for line in freeze if line[0] != "#"]

    @property
    def resolved(self) -> list[str]:
        """What was asked for, as of when, on which platform; empty where it was not kept."""
        return [line.removeprefix("# ") for line in self._freeze or () if line[0] == "#"]

    @property
    def package(self) -> str:
        """The one whose release it is; "" where what was asked for was not kept."""
        return self.resolved[0].partition("==")[0].partition("[")[0] if self.resolved else ""

    def changed_beside(self, base: Self) -> list[str]:
        """Other packages whose versions differ from those of another result."""
        changes = package_changes(base.installed or [], self.installed or [])
        return [each for each in changes if not each.startswith(f"{self.package} ")]

    @property
    def platform(self) -> str:
        """Python to its patch version, system and architecture; "" where it was not kept."""
        return self.resolved[-1] if len(self.resolved) > 2 else ""

    @functools.cached_property
    def notes(self) -> dict[str, list[notes.Note]]:
        """Why benchmarks gave no number, by name."""
        return notes.parse(_text(f"{self.stem}.notes.txt") or "")

    @functools.cached_property
    def not_installed(self) -> str:
        """Why the release could not be installed; "" if it could."""
        every = [note for of in self.notes.values() for note in of]
        why = next((note for note in every if note.is_of_install), None)
        if why is None or self.has_numbers:
            return ""
        again = "" if why.is_final else "; the next run tries again"
        return why.reason.partition(": ")[2] + again

    def reason(self, benchmark: str, params: tuple[str, ...]) -> str:
        """Why there is no figure of these parameters (as asv writes them); "" where unknown."""
        label, known = ", ".join(params), self.notes.get(benchmark, ())
        return next((note.bare for note in known if note.is_about(label)), "")

    @functools.cached_property
    def codes(self) -> dict[str, str]:
        """By which code of ours each benchmark was measured, where that was kept."""
        return code.read(self.stem)

    @functools.cached_property
    def invalid(self) -> list[str]:
        """Why seconds and bytes of this run are not to be believed; empty if they are."""
        return validity.invalid(self.stem)


def line(
    of: Result, earlier: Sequence[Result], tag: Callable[[Result], str] = lambda result: ""
) -> list[Result]:
    """The results that led to one, oldest first and without it.

    Of releases those that it came from (`release.line`); of commits all the earlier ones. tag: of
    a result without a list of packages.
    """
    try:
        orders = {each: (each.date, Version(each.version or tag(each))) for each in (*earlier, of)}
    except InvalidVersion:
        return list(earlier)
    return release.line(of, orders)[:-1]


def package_changes(before: list[str], after: list[str]) -> list[str]:
    """The lines of pip freeze that differ, as `name old → new`."""
    old, new = (dict(map(_name_and_version, lines)) for lines in (before, after))
    return [
        f"{name} {old.get(name, '(absent)')} → {new.get(name, '(absent)')}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def _name_and_version(line: str) -> tuple[str, str]:
    """Split `name==1.0` or `name @ address`; anything else is a name without a version."""
    mark = next((mark for mark in ("==", " @ ") if mark in line), "==")
    name, _, version = line.partition(mark)
    return name.strip(), version.strip()


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text("utf-8", errors="replace")
    except OSError:
        return None
