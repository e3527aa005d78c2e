"""What the generator's process and the machine do meanwhile, sampled once a second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from harness.instruments.arrivals.engine import Engine

INTERVAL = 1.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample. moment: seconds since the load began; the rest is since the sample before.

    cpu: seconds of CPU time of the process, since its start; rss: bytes.
    process: CPU in per cent of one core; machine: in per cent of all cores.
    """

    moment: float
    cpu: float
    process: float
    machine: float
    rss: int


class Monitor(threading.Thread):
    """Samples an engine's process from a thread, so that a blocked event loop cannot stop it.

    tell: called after each sample, if given.
    """

    def __init__(self, engine: Engine, tell: Callable[[Sample], None] | None = None):
        super().__init__(daemon=True)
        self.samples: list[Sample] = []
        self._engine = engine
        self._tell = tell
        self._process = psutil.Process()
        self._over = threading.Event()

    def __enter__(self) -> Monitor:
        psutil.cpu_percent()  # the first one only begins to count
        self._add()
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self.join()
        self._add()

    def run(self) -> None:
        """One sample a second, until it is over."""
        while not self._over.wait(INTERVAL):
            self._add()
            if self._tell is not None:
                self._tell(self.samples[-1])

    def _add(self) -> None:
        times = self._process.cpu_times()
        moment, cpu = self._engine.elapsed(), times.user + times.system
        before = self.samples[-1] if self.samples else None
        process = 0.0
        if before is not None and moment > before.moment:
            process = 100 * (cpu - before.cpu) / (moment - before.moment)
        machine = psutil.cpu_percent() if before is not None else 0.0
        rss = self._process.memory_info().rss
        self.samples.append(Sample(moment, cpu, process, machine, rss))
