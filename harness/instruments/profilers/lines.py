"""Memory line by line of one function, with memory_profiler: resident memory, in MiB.

Resident memory moves in pages and the allocator keeps what is freed: small objects do not
show here. It is for finding the line of a function that is known to take megabytes.
"""

from __future__ import annotations

import gc
import linecache
from types import CodeType, FunctionType
from typing import Any

from harness.instruments.profilers.places import Places
from harness.instruments.profilers.scenarios import Scenario

RUNS = 10
"""Each line reads the memory of the process, which takes longer than most lines."""


def take(scenario: Scenario, places: Places, runs: int, function: str) -> dict[str, Any]:
    """The `lines` section of a profile; NotImplementedError if no run reaches `function`.

    function: a name as a profile gives it, or its qualified name alone.
    """
    from memory_profiler import LineProfiler

    code = _find(function, places)
    profiler = LineProfiler(backend="psutil")
    profiler.code_map.add(code)
    runs = min(runs, RUNS)
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


def _find(function: str, places: Places) -> CodeType:
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
