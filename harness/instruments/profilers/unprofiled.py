"""What a run takes when nobody looks: the seconds that a profile's shares are shares of."""

from __future__ import annotations

import gc
import time
from typing import Any

from harness.instruments.profilers.places import Places
from harness.instruments.profilers.scenarios import Scenario

BATCHES = 5


class GarbageClock:
    """Context manager: CPU seconds and number of garbage collections inside it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.collections = 0
        self._begin = 0.0

    def __enter__(self) -> GarbageClock:
        gc.callbacks.append(self._hear)
        return self

    def __exit__(self, *raised: object) -> None:
        gc.callbacks.remove(self._hear)

    def _hear(self, phase: str, info: dict[str, int]) -> None:
        # A collection starts and stops in the thread that set it off.
        if phase == "start":
            self._begin = time.thread_time()
        else:
            self.seconds += time.thread_time() - self._begin
            self.collections += 1


def take(scenario: Scenario, places: Places, runs: int) -> dict[str, Any]:
    """The `time` section of a profile: fastest of BATCHES batches of runs, without a profiler."""
    wall, cpu = [], []
    with GarbageClock() as garbage:
        for _ in range(BATCHES):
            walls, cpus = time.perf_counter(), time.process_time()
            scenario.run(runs)
            cpu.append(time.process_time() - cpus)
            wall.append(time.perf_counter() - walls)
    return {
        "runs": runs * BATCHES,
        "cpu_seconds": min(cpu) / runs,
        "wall_seconds": min(wall) / runs,
        "gc_collections": garbage.collections / (runs * BATCHES),
        "gc_share": garbage.seconds / sum(cpu) if sum(cpu) else 0.0,
    }
