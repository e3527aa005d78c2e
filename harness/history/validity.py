"""Whether a run may be believed: what else the machine did while it measured.

Kept beside the results as STEM.validity.txt, a line `key: value` each. A line that begins with
`invalid: ` says why seconds and bytes of this run give no verdict; counts do.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from harness.common import files

SUFFIX = ".validity.txt"
INVALID = "invalid: "
OTHERS = 0.25  # cores used by other processes, on average over the run
DRIFT = 0.25  # relative difference between the first and the last measurement of a control
SHORTEST = 5.0  # seconds; the clocks are too coarse to judge a shorter run
CONTROLS = ("controls.Controls.time_arithmetic", "controls.Controls.time_noop")


@dataclass
class Usage:
    """What was used while benchmarks ran, in seconds of wall clock and of CPU."""

    wall: float = 0.0
    others: float = 0.0  # CPU of processes that are neither asv nor its children
    stolen: float = 0.0  # CPU that a virtual machine's host gave to somebody else
    load_start: float = 0.0
    load_end: float = 0.0
    update: Callable[[], None] = lambda: None  # while benchmarks run


_used: dict[str, Usage] = {}  # by name of the results file; interleaved rounds add up


def run_benchmarks(run: Any, benchmarks: Any, env: Any, results: Any = None, **options: Any) -> Any:
    """Watch the machine while asv runs benchmarks."""
    usage = _used.setdefault(getattr(results, "_filename", ""), Usage())
    usage.load_start = usage.load_start or os.getloadavg()[0]
    before = replace(usage)
    wall, busy, stolen, own = time.monotonic(), *_machine(), _own()

    def update() -> None:
        busy_end, stolen_end = _machine()
        # a process between its end and being waited for is counted nowhere: never less than 0
        usage.others = before.others + max(0.0, busy_end - busy - (_own() - own))
        usage.stolen = before.stolen + max(0.0, stolen_end - stolen)
        usage.wall = before.wall + time.monotonic() - wall
        usage.load_end = os.getloadavg()[0]

    usage.update = update
    try:
        return run(benchmarks, env, results=results, **options)
    finally:
        update()
        usage.update = lambda: None


def _machine() -> tuple[float, float]:
    """CPU seconds used on this machine since it started, and those stolen from it."""
    times = psutil.cpu_times()
    names = ("user", "nice", "system", "irq", "softirq")
    return sum(getattr(times, name, 0.0) for name in names), getattr(times, "steal", 0.0)


def _own() -> float:
    """CPU seconds of this process and its descendants, those that have ended included."""
    own = psutil.Process()
    total = 0.0
    for process in [own, *own.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            names = ("user", "system", "children_user", "children_system")
            total += sum(getattr(times, name, 0.0) for name in names)
    return total


def keep(results: Any, stem: Path) -> None:
    """Write STEM.validity.txt, if benchmarks ran."""
    usage = _used.get(results._filename)
    if usage is not None:
        usage.update()
        path = Path(f"{stem}{SUFFIX}")
        former = read(path) if set(results.get_all_result_keys()) - set(results.errcode) else {}
        files.write(path, text(usage, drift(results), former))


def drift(results: Any) -> float:
    """The largest relative difference between the two halves of a control's samples."""
    largest = 0.0
    for name in CONTROLS:
        kept = (results._samples.get(name) or [None])[0] or []
        half = len(kept) // 2
        if half >= 2:
            first, last = statistics.median(kept[:half]), statistics.median(kept[half:])
            if min(first, last) > 0:
                largest = max(largest, max(first, last) / min(first, last) - 1)
    return largest


def text(usage: Usage, control_drift: float, former: Mapping[str, str]) -> str:
    """The file. former: that of an earlier run of some of the same benchmarks, whose figures
    stay where they are worse."""
    figures = {
        "seconds": usage.wall,
        "load at start": usage.load_start,
        "load at end": usage.load_end,
        "cores used by others": usage.others / usage.wall if usage.wall else 0.0,
        "cores stolen by the host": usage.stolen / usage.wall if usage.wall else 0.0,
        "drift of a control": control_drift,
    }
    for key, value in former.items():
        with contextlib.suppress(ValueError):
            figures[key] = max(figures.get(key, 0.0), float(value))
    lines = [f"{key}: {value:.2f}" for key, value in figures.items()]
    return "\n".join([*lines, *(INVALID + reason for reason in reasons(figures))]) + "\n"


def reasons(figures: Mapping[str, float]) -> list[str]:
    """Why a run with these figures is invalid; empty where it is not."""
    is_long = figures["seconds"] >= SHORTEST
    limits = (
        ("cores used by others", is_long, OTHERS, "other processes used {:.2f} of a core"),
        ("cores stolen by the host", is_long, OTHERS, "the host used {:.2f} of a core"),
        ("drift of a control", True, DRIFT, "a control drifted by {:.0%} within the run"),
    )
    return [
        told.format(figures[key]).replace("%", " %")
        for key, can_tell, most, told in limits
        if can_tell and figures[key] > most
    ]


def read(path: Path) -> dict[str, str]:
    """The figures of a file by key; empty where there is none."""
    pairs = (line.partition(": ") for line in _lines(path) if not line.startswith(INVALID))
    return {key: value for key, separator, value in pairs if separator}


def invalid(stem: Path) -> list[str]:
    """Why the run of a results file (its path without .json) is invalid; empty if it is not, or
    if nothing was kept."""
    lines = _lines(Path(f"{stem}{SUFFIX}"))
    return [line.removeprefix(INVALID) for line in lines if line.startswith(INVALID)]


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
