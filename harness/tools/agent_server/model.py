"""The model of a served agent."""

from __future__ import annotations

import asyncio
import time

from harness.model_server.loops import Alarm
from harness.workload.model import Model
from harness.workload.script import ModelFailure, Turn


class ServedModel(Model):
    """A model that waits exactly, and keeps nothing of what it was asked.

    Exactly, because a loop's own timers round to a millisecond, and what is told as injected is
    then not what was waited. Nothing kept, because clients may ask any prompt for days.
    """

    _alarm: tuple[asyncio.AbstractEventLoop, Alarm] | None = None

    def remember(self, prompt: str, round: int) -> Turn:
        return self.script.turn(prompt, round)

    async def acomplete(self, prompt: str, round: int = 0) -> Turn:
        turn = self.script.turn(prompt, round)
        if turn.latency > 0:
            await self._alarm_of(asyncio.get_running_loop()).at(time.monotonic() + turn.latency)
        if turn.fails:
            raise ModelFailure(f"injected failure at {prompt!r}, round {round}")
        return turn

    def _alarm_of(self, loop: asyncio.AbstractEventLoop) -> Alarm:
        if self._alarm is None or self._alarm[0] is not loop:
            self._alarm = loop, Alarm(loop)
        return self._alarm[1]
