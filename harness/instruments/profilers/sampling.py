"""CPU and waiting, sampled with pyinstrument: whole stacks, awaits attributed to who awaits."""

import time
from collections.abc import Iterator
from typing import Any

from harness.instruments.profilers.places import BUILT_IN, WAITING, Places, Row, summed
from harness.instruments.profilers.scenarios import Scenario

INTERVAL = 0.0005
"""Seconds between two samples."""

ENOUGH = 0.5
TOO_LONG = 5.0
"""Seconds of CPU for which runs are repeated (a thousand samples), or on the clock."""

LEAST = 0.002
"""Share of all time below which a node is left to its parent."""

_AWAIT = "[await]"
_OWN = "[self]"


def take(scenario: Scenario, places: Places, runs: int) -> dict[str, Any]:
    """The `sampling` section of a profile; NotImplementedError where it would mislead."""
    from pyinstrument import Profiler
    from pyinstrument.processors import aggregate_repeated_calls

    if scenario.at_once > 1 and scenario.entry == "threads":
        raise NotImplementedError(
            "pyinstrument samples the thread that starts it, and these runs have threads of their "
            "own: see `cpu`, which hears all threads, or --entry asyncio"
        )
    mode = "enabled" if scenario.entry == "asyncio" else "disabled"
    profiler = Profiler(interval=INTERVAL, async_mode=mode)
    done, cpu, wall = 0, time.process_time() + ENOUGH, time.perf_counter() + TOO_LONG
    with profiler:
        while not done or (time.process_time() < cpu and time.perf_counter() < wall):
            scenario.run(runs)
            done += runs
    session = profiler.last_session
    root = aggregate_repeated_calls(session.root_frame() if session else None, {})
    if session is None or root is None:
        raise NotImplementedError("no sample was taken")
    return {
        "runs": done,
        "interval": INTERVAL,
        "samples": session.sample_count,
        "seconds": root.time / done,
        "functions": summed(_functions(root, places, done), "own"),
        "tree": _node(root, places, done, LEAST * root.time),
    }


def _node(frame: Any, places: Places, runs: int, least: float) -> dict[str, Any]:
    """A frame as nested {name, group, package, seconds, children}; seconds are per run."""
    children = [
        _node(child, places, runs, least)
        for child in frame.children
        if child.identifier != _OWN and child.time >= least
    ]
    line = 0 if frame.file_path == BUILT_IN else frame.line_no
    return places.node(*_function(frame), line, frame.time / runs, children)


def _function(frame: Any) -> tuple[str, str]:
    """Name and file."""
    if not frame.file_path:
        return "", WAITING
    name = f"{frame.class_name}.{frame.function}" if frame.class_name else str(frame.function)
    return name, frame.file_path


def _functions(frame: Any, places: Places, runs: int) -> Iterator[Row]:
    """Own seconds per run of a frame and those below; time spent awaiting is its own row."""
    awaited = sum(child.time for child in frame.children if child.identifier == _AWAIT)
    if frame.file_path or frame.identifier == _AWAIT:
        own = (frame.total_self_time - awaited) / runs
        yield places.row(*_function(frame), own=own)
    for child in frame.children:
        yield from _functions(child, places, runs)
