"""Whether a run may be believed: how often what was measured had to wait for a CPU.

Kept beside the results as STEM.validity.txt, a line `key: value` each. A line that begins with
`invalid: ` says why seconds and bytes of this run give no verdict; counts do. What is judged is the
fixed loop that runs beside what is measured (`instruments.steady`). What else the machine did is
there to explain it: in a container, most of it is none of our business.
"""

import contextlib
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from harness.common import asked, files
from harness.history import machine
from harness.instruments import steady

SUFFIX = ".validity.txt"
INVALID = "invalid: "
FEWEST = 10  # readings, below which nothing is said
LATE = 0.10  # of a reading: a core was not there
BUSY = 0.12  # of the readings that are late; beside half a core of foreign load, 0.3 of them are
DRIFT = 0.20  # relative difference between the quartiles of the CPU time of the fixed loop
_CGROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/cpu")  # version 2, and 1


class Usage:
    """What was read while benchmarks of one results file ran; interleaved rounds add up."""

    def __init__(self) -> None:
        self.readings: list[steady.Reading] = []
        self.former: Sequence[str] | None = None  # why the run before was invalid
        self._used: dict[str, float] = {}
        self._last = _counters()

    def begin(self) -> None:
        """Benchmarks run from here on."""
        self._last = _counters()

    def end(self) -> None:
        """They do so no more."""
        self.readings, place = self._all(), asked.folder()
        if place:
            (place / steady.FILE).unlink(missing_ok=True)

    def _all(self) -> list[steady.Reading]:
        place = asked.folder()
        return [*self.readings, *(steady.kept(place) if place else ())]

    def figures(self) -> dict[str, float]:
        """By key, as they are now."""
        now = _counters()
        for key in now:
            self._used[key] = self._used.get(key, 0.0) + now[key] - self._last[key]
        self._last = now
        seconds = self._used["seconds"]
        # A process between its end and being waited for is counted nowhere: never less than 0.
        cores = {key: max(0.0, self._used[key]) / seconds for key in ("others", "stolen")}
        return judged(self._all()) | {
            "seconds": seconds,
            "cores used by others": cores["others"],
            "cores stolen by the host": cores["stolen"],
            "seconds stopped by a CPU limit": self._used["stopped"],
        }


_used: dict[str, Usage] = {}  # by name of the results file


def run_benchmarks(run: Any, benchmarks: Any, env: Any, results: Any = None, **options: Any) -> Any:
    """Watch the machine while asv runs benchmarks."""
    usage = _used.setdefault(getattr(results, "_filename", ""), Usage())
    usage.begin()
    result = run(benchmarks, env, results=results, **options)
    usage.end()  # not where it is interrupted: the same command goes on
    return result


def _counters() -> dict[str, float]:
    """Seconds since some moment: of the clock; of CPU that others used, that the host of a virtual
    machine gave to others, and during which a container's limit stopped somebody in it."""
    times = psutil.cpu_times()
    names = ("user", "nice", "system", "irq", "softirq")
    busy = sum(getattr(times, name, 0.0) for name in names)
    return {
        "seconds": time.monotonic(),
        "others": busy - _own(),
        "stolen": getattr(times, "steal", 0.0),
        "stopped": max(map(_stopped, _CGROUPS)),
    }


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


def _stopped(group: str) -> float:
    counted = dict(line.split(maxsplit=1) for line in _lines(Path(group, "cpu.stat")))
    return int(counted.get("throttled_usec", 0)) / 1e6 + int(counted.get("throttled_time", 0)) / 1e9


def keep(results: Any, stem: Path) -> None:
    """Write STEM.validity.txt, if benchmarks ran; counts need none, and replace that of no other
    run."""
    usage = _used.get(results._filename)
    if machine.is_exact(str(results.params.get("machine"))):
        return
    if usage and not (asked.counts_only() and Path(f"{stem}{SUFFIX}").exists()):
        if usage.former is None:
            usage.former = invalid(stem)
        stays = set(results.get_all_result_keys()) - set(results.errcode)
        files.write(f"{stem}{SUFFIX}", text(usage.figures(), usage.former if stays else ()))


def judged(readings: Sequence[steady.Reading]) -> dict[str, float]:
    """What the readings of the fixed loop say."""
    found = {"readings": float(len(readings)), "late": 0.0, "waited": 0.0, "drift": 0.0}
    if len(readings) >= FEWEST:
        found["late"] = statistics.fmean(each.waited > LATE for each in readings)
        found["waited"] = statistics.fmean(each.waited for each in readings)
        low, _, high = statistics.quantiles(each.seconds for each in readings)
        found["drift"] = high / low - 1
    return found


def text(figures: Mapping[str, float], former: Iterable[str] = ()) -> str:
    """The file. former: why an earlier run was invalid, of which some results stay."""
    why = dict.fromkeys([*reasons(figures), *former])
    lines = [f"{key}: {value:.2f}" for key, value in figures.items()]
    return "\n".join([*lines, *(INVALID + reason for reason in why)]) + "\n"


def reasons(figures: Mapping[str, float]) -> list[str]:
    """Why a run with these figures is invalid, and what to do; empty where it is not."""
    found = []
    if figures["late"] > BUSY:
        found.append(f"a core was busy in {_percent(figures['late'])} of the time{_cause(figures)}")
    if figures["drift"] > DRIFT:
        slower = _percent(figures["drift"])
        found.append(f"for a part of it the CPU was {slower} slower: measure again when it is cool")
    return found


def _cause(figures: Mapping[str, float]) -> str:
    """What took the CPU, as far as it is known, and what to do about it."""
    others, stolen = figures["cores used by others"], figures["cores stolen by the host"]
    stopped = figures["seconds stopped by a CPU limit"]
    if stopped > figures["seconds"] * max(others, stolen):
        return f" (a CPU limit stopped it for {stopped:.0f} s): raise it to {steady.LANES} cores"
    if stolen > others:
        return f" (its host took {stolen:.2f} cores): measure again, or elsewhere"
    return f" (others used {others:.2f} cores): close what else runs, and measure again"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def invalid(stem: Path) -> list[str]:
    """Why the run of a results file (its path without .json) is invalid; empty if it is not, or
    if nothing was kept."""
    lines = _lines(Path(f"{stem}{SUFFIX}"))
    return [line.removeprefix(INVALID) for line in lines if line.startswith(INVALID)]


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
