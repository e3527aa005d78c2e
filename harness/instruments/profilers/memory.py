"""Memory with tracemalloc: how high a run goes, what stays, and the lines that hold that.

tracemalloc sees what Python's allocators hand out, and only what is still live when it looks:
where memory goes on growing, as `leaks` judges it, the lines that hold what more runs left. (What
is live at the peak is known to memray, see `memray_allocations`.) All figures are above what was
live before; garbage is collected before each look.
"""

import gc
import linecache
import tracemalloc
from pathlib import Path
from types import CodeType, FunctionType

from harness.instruments.counters.allocations import peak_bytes
from harness.instruments.counters.counts import undisturbed
from harness.instruments.leaks.readings import bytes_kept
from harness.instruments.memory import PeakMeter, live_bytes, only_new, settle, traced
from harness.instruments.profilers.places import Places, Row, functions_of
from harness.instruments.profilers.scenarios import Scenario

LINE_RUNS = 10
"""Each line reads the memory of the process, which takes longer than most lines."""

NAMED = 8.0
"""Bytes per run that a line keeps from which it is named, where memory goes on growing."""

_LOOKING = (str(Path(__file__).parent), tracemalloc.__file__, "<unknown>")
"""Files whose memory is that of the looking."""


def take(scenario: Scenario, places: Places, runs: int) -> Row:
    """The `memory` section of a profile."""
    at_once, half = scenario.at_once, max(1, runs // 2)
    meter = PeakMeter()

    def metered(runs: object) -> None:
        with meter:
            scenario.run(at_once)

    with undisturbed(), only_new(), traced():
        scenario.run(3)
        peak = round(peak_bytes(metered, meter))
        left, first, second = (_left(scenario, runs) for runs in (at_once, half, half))
        growing = _growing(scenario, places, half) if bytes_kept(scenario.run) else []
    return {
        "runs": 2 * half,
        "at_once": at_once,
        "peak_bytes": peak,
        "current_bytes": left,
        "growth": {"first_half": first / half, "second_half": second / half},
        "growing_sites": growing,
    }


def _left(scenario: Scenario, runs: int) -> int:
    """Bytes that these runs leave."""
    settle()
    before = live_bytes()
    scenario.run(runs)
    settle()
    return live_bytes() - before


def _growing(scenario: Scenario, places: Places, runs: int) -> list[Row]:
    """The lines that hold what `runs` more runs leave, per run."""
    before = tracemalloc.take_snapshot()
    scenario.run(runs)
    settle()
    rows = []
    for each in tracemalloc.take_snapshot().compare_to(before, "lineno"):
        file, line = each.traceback[0].filename, each.traceback[0].lineno
        size, blocks = each.size_diff / runs, each.count_diff / runs
        if size >= NAMED and not file.startswith(_LOOKING):
            text = linecache.getline(file, line).strip()
            name = functions_of(file).get(line, "<module>")
            rows.append(places.row(name, file, line=line, text=text, bytes=size, blocks=blocks))
    return sorted(rows, key=lambda row: (-row["bytes"], row["function"], row["line"]))


def by_line(scenario: Scenario, places: Places, runs: int, function: str) -> Row:
    """The `lines` section of a profile: what each line of one function takes, in MiB.

    With memory_profiler, of resident memory, which moves in pages, and the allocator keeps what is
    freed: small objects do not show. function: a name as a profile gives it, or its qualified name
    alone. NotImplementedError if no run reaches it.
    """
    from memory_profiler import LineProfiler

    code = _code_of(function, places)
    profiler = LineProfiler(backend="psutil")
    profiler.code_map.add(code)
    runs = min(runs, LINE_RUNS)
    profiler.enable_by_count()
    try:
        scenario.run(runs)
    finally:
        profiler.disable_by_count()
    rows = [
        {
            "line": line,
            "text": linecache.getline(code.co_filename, line).rstrip(),
            "mib": memory,
            "increment_mib": increment,
            "times": times,
        }
        for line, seen in dict(profiler.code_map.items()).get(code.co_filename, ())
        if seen is not None and line > code.co_firstlineno
        for increment, memory, times in (seen,)
    ]
    if not rows:
        raise NotImplementedError(f"no run calls {function}")
    line = code.co_firstlineno
    return places.row(code.co_qualname, code.co_filename, line=line, runs=runs, rows=rows)


def _code_of(function: str, places: Places) -> CodeType:
    """The code of a function that exists in this process, by its name."""
    found: dict[str, CodeType] = {}
    for each in gc.get_objects():
        if type(each) is FunctionType:
            code = each.__code__
            name = places.row(code.co_qualname, code.co_filename)["function"]
            if function in (name, code.co_qualname):
                found[name] = code
    if not found:
        raise NotImplementedError(f"there is no function {function} after a run")
    if len(found) > 1:
        raise NotImplementedError(f"{function} is one of: {', '.join(sorted(found))}")
    return next(iter(found.values()))
