"""What a run takes when nobody looks: the seconds that a profile's shares are shares of."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Iterator
from typing import Any

from harness.instruments.profilers.places import Places
from harness.instruments.profilers.scenarios import Scenario

BATCHES = 5


@contextlib.contextmanager
def garbage_collections() -> Iterator[list[float]]:
    """CPU seconds of each garbage collection within."""
    seconds: list[float] = []

    def hear(phase: str, info: object) -> None:
        # A collection starts and stops in the thread that set it off.
        if phase == "start":
            seconds.append(-time.thread_time())
        elif seconds:
            seconds[-1] += time.thread_time()

    gc.callbacks.append(hear)
    try:
        yield seconds
    finally:
        gc.callbacks.remove(hear)


def take(scenario: Scenario, places: Places, runs: int) -> dict[str, Any]:
    """The `time` section of a profile: fastest of BATCHES batches of runs, without a profiler."""
    wall, cpu = [], []
    with garbage_collections() as garbage:
        for _ in range(BATCHES):
            walls, cpus = time.perf_counter(), time.process_time()
            scenario.run(runs)
            cpu.append(time.process_time() - cpus)
            wall.append(time.perf_counter() - walls)
    return {
        "runs": runs * BATCHES,
        "cpu_seconds": min(cpu) / runs,
        "wall_seconds": min(wall) / runs,
        "gc_collections": len(garbage) / (runs * BATCHES),
        "gc_share": sum(garbage) / sum(cpu) if sum(cpu) else 0.0,
    }
