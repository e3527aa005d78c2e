"""Tasks that take turns in a random order.

An event loop runs ready tasks first come, first served, so the same few interleavings come again
and again. Nothing promises that order: a socket or a timer changes it. Here each task gives way a
random number of times before it goes on (trio shuffles its ready tasks for the same reason).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

GIVE_WAY = 0.5
"""Probability of one more turn left to others, at every step."""


class Yielding(Coroutine[Any, Any, Any]):
    """A coroutine for a task, which now and then yields before it goes on."""

    def __init__(self, inner: Coroutine[Any, Any, Any], draw: random.Random) -> None:
        self._inner = inner
        self._random = draw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)  # frameworks inspect the coroutine of a task

    def __await__(self) -> Any:
        return self._inner.__await__()

    def send(self, value: Any) -> Any:
        """One step of the coroutine, or a bare yield: the task's next turn comes later."""
        # A task sends nothing but None, so there is no value to keep.
        return None if self._random.random() < GIVE_WAY else self._inner.send(value)

    def throw(self, *error: Any) -> Any:
        return self._inner.throw(*error)

    def close(self) -> None:
        self._inner.close()


def shuffle_tasks(draw: random.Random) -> None:
    """Make tasks of the running loop that begin from now on take turns in a random order."""

    def make(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> Any:
        if asyncio.iscoroutine(coroutine):
            coroutine = Yielding(coroutine, draw)
        return asyncio.Task(coroutine, loop=loop, **options)

    asyncio.get_running_loop().set_task_factory(make)
