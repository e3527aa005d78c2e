"""A model that counts who asked it what."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.tools.concurrency.interleaving import Shake
from harness.workload.model import Model
from harness.workload.script import Constant, Script, Turn, request_of


class CountingModel(Model):
    """Counts calls by (request, round) and how many were inside it at once.

    With a `shake` it gives way to others before and after it answers.
    """

    def __init__(self, script: Script, shake: Shake | None = None) -> None:
        super().__init__(script)
        self.asked: Counter[tuple[int, int]] = Counter()
        self.peak = 0
        self._inside = 0
        self._lock = threading.Lock()
        self._shake = shake

    @contextlib.contextmanager
    def _call(self, prompt: str, round: int) -> Iterator[None]:
        with self._lock:
            self.asked[request_of(prompt), round] += 1
            self._inside += 1
            self.peak = max(self.peak, self._inside)
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1

    def complete(self, prompt: str, round: int = 0) -> Turn:
        with self._call(prompt, round):
            if self._shake:
                self._shake.pause()
            turn = super().complete(prompt, round)
            if self._shake:
                self._shake.pause()
            return turn

    async def acomplete(self, prompt: str, round: int = 0) -> Turn:
        with self._call(prompt, round):
            if self._shake:
                await self._shake.apause()
            turn = await super().acomplete(prompt, round)
            if self._shake:
                await self._shake.apause()
            return turn


@dataclass(frozen=True)
class Held(Constant):
    """Constant latency, but `long` seconds for the requests in `held`, which will be cancelled."""

    held: frozenset[int] = field(default_factory=frozenset)
    long: float = 3600.0

    def seconds(self, request: int, round: int) -> float:
        return self.long if request in self.held else self.value
