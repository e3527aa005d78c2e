"""The deterministic model, in process: answers a script, waits its latency, counts requests."""

from __future__ import annotations

import asyncio
import itertools
import time

from harness.script import ModelFailure, Script, Turn


class Model:
    """One live model. Safe to share among threads and tasks.

    Turns are remembered, so that asked again the model itself costs next to nothing: what is
    left over in a measurement is the framework's.
    """

    def __init__(self, script: Script | None = None) -> None:
        self.script = script if script is not None else Script()
        self._turns: dict[tuple[str, int], Turn] = {}
        self._counter = itertools.count()
        self._reads = 0

    @property
    def requests(self) -> int:
        """Model calls begun so far."""
        # next() is the only atomic step of a count, so reading is counting and correcting.
        seen = next(self._counter) - self._reads
        self._reads += 1
        return seen

    def remember(self, prompt: str, round: int) -> Turn:
        """The turn of the script, kept for the next time it is asked."""
        turn = self._turns[prompt, round] = self.script.turn(prompt, round)
        return turn

    def complete(self, prompt: str, round: int = 0) -> Turn:
        """Answer in the calling thread, sleeping the injected latency.

        Raises ModelFailure where the script says so, WrongPrompt for a prompt it does not know.
        """
        next(self._counter)
        turn = self._turns.get((prompt, round)) or self.remember(prompt, round)
        if turn.latency > 0:
            time.sleep(turn.latency)
        if turn.fails:
            raise ModelFailure(f"injected failure at {prompt!r}, round {round}")
        return turn

    async def acomplete(self, prompt: str, round: int = 0) -> Turn:
        """Answer on the event loop; with no latency it does not yield. Raises as `complete`."""
        next(self._counter)
        turn = self._turns.get((prompt, round)) or self.remember(prompt, round)
        if turn.latency > 0:
            await asyncio.sleep(turn.latency)
        if turn.fails:
            raise ModelFailure(f"injected failure at {prompt!r}, round {round}")
        return turn
