"""Reads what is known about each measured release: results, durations, packages and reasons."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from asv.results import iter_results

from harness.history import validity


@dataclass(frozen=True)
class Missing:
    """A benchmark without a value, wholly or for some of its parameter sets."""

    benchmark: str
    extent: str
    reason: str


@dataclass(frozen=True)
class Measurement:
    """One results file: one commit on one machine in one environment."""

    commit: str
    date_ms: int  # of the commit, milliseconds since 1970, as asv keeps it
    machine: str
    environment: str
    measured: int  # benchmarks with at least one value
    missing: list[Missing]
    durations: dict[str, float]  # seconds; `<build>` and `<setup_cache ...>` beside benchmarks
    installed: list[str] | None  # lines of pip freeze; None when they were not kept
    has_notes: bool
    invalid: tuple[str, ...] = ()  # why seconds and bytes of this run are not to be believed
    changed: list[str] | None = None  # against the previous commit; None when unknown


def read_measurements(
    results_dir: str, benchmarks: Mapping[str, Any], commits: Mapping[str, int]
) -> list[Measurement]:
    """Read all results of `commits` (hash -> revision number), the newest commit first."""
    found = [
        _measurement(Path(results_dir), results, benchmarks)
        for results in iter_results(results_dir)
        if results.commit_hash in commits
    ]
    found.sort(key=lambda each: (commits[each.commit], each.machine, each.environment))
    return list(reversed(_with_changes(found)))


def _measurement(root: Path, results: Any, benchmarks: Mapping[str, Any]) -> Measurement:
    # asv keeps the file's name, "machine/stem.json", to itself; the sidecars share its stem
    stem = root / results._filename.removesuffix(".json")
    notes = _lines(Path(f"{stem}.notes.txt"))
    missing, measured = _missing(results, benchmarks, _reasons(notes or []))
    durations = {k: float(v) for k, v in results.duration.items() if isinstance(v, (int, float))}
    return Measurement(
        commit=results.commit_hash,
        date_ms=results.date,
        machine=str(results.params.get("machine", "?")),
        environment=results.env_name,
        measured=measured,
        missing=missing,
        durations=durations,
        installed=_lines(Path(f"{stem}.freeze.txt")),
        has_notes=notes is not None,
        invalid=tuple(validity.invalid(stem)),
    )


def _missing(
    results: Any, benchmarks: Mapping[str, Any], reasons: dict[str, str]
) -> tuple[list[Missing], int]:
    current = results.get_result_keys(benchmarks)
    kept = set(results.get_all_result_keys())
    missing, measured = [], 0
    for name in sorted(benchmarks):
        if name in current:
            extent, why = _gaps(results, name, benchmarks[name]["params"])
            measured += extent != "all"
        else:
            extent = "all"
            why = "measured by an earlier version of the benchmark" if name in kept else "not run"
        reason = reasons.pop(name, "")
        if extent or reason:
            missing.append(Missing(name, extent, reason or f"{why}; no reason was recorded"))
    # a note need not be about a benchmark of today: show it all the same
    missing += [Missing(name, "", reason) for name, reason in sorted(reasons.items())]
    return missing, measured


def _gaps(results: Any, name: str, params: list[list[str]]) -> tuple[str, str]:
    """Which parameter sets have no value ("" for none, "all"), and asv's sign for why."""
    values = results.get_result_value(name, params)
    sets = [", ".join(each) for each in itertools.product(*params)]
    empty = [i for i, value in enumerate(values) if not _is_number(value)]
    if not empty:
        return "", ""
    why = " / ".join(sorted({_sign(values[i]) for i in empty}))
    if len(empty) == len(values):
        return "all", why
    some = "; ".join(sets[i] for i in empty[:4]) + ("; ..." if len(empty) > 4 else "")
    return f"{len(empty)} of {len(values)}: {some}", why


def _sign(value: object) -> str:
    """What asv means by a value that is no number."""
    if value is None:
        return "failed"
    is_nan = isinstance(value, float) and math.isnan(value)
    return "not applicable" if is_nan else "not a finite number"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _reasons(notes: list[str]) -> dict[str, str]:
    """Read lines `benchmark-name: reason`; several lines of one name are joined."""
    reasons: dict[str, str] = {}
    for line in notes:
        name, _, reason = line.partition(": ")
        reasons[name] = "; ".join(filter(None, [reasons.get(name, ""), reason.strip()]))
    return reasons


def _with_changes(oldest_first: list[Measurement]) -> list[Measurement]:
    """Add which packages differ from the previous commit on the same machine and environment."""
    previous: dict[tuple[str, str], list[str]] = {}
    compared = []
    for each in oldest_first:
        key = each.machine, each.environment
        changed = None
        if each.installed is not None:
            changed = _changes(previous[key], each.installed) if key in previous else None
            previous[key] = each.installed
        compared.append(replace(each, changed=changed))
    return compared


def _changes(before: list[str], after: list[str]) -> list[str]:
    old, new = (dict(_name_and_version(line) for line in lines) for lines in (before, after))
    return [
        f"{name} {old.get(name, '(absent)')} → {new.get(name, '(absent)')}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def _name_and_version(line: str) -> tuple[str, str]:
    """Split `name==1.0` or `name @ address`; anything else is a name without a version."""
    for mark in ("==", " @ "):
        if mark in line:
            name, _, version = line.partition(mark)
            return name.strip(), version.strip()
    return line, ""


def _lines(path: Path) -> list[str] | None:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]
