"""Runtimes with one planted cost each, for profiles to find; `Works` in adapters.py is clean."""

import asyncio
import contextlib
import re
import threading
from typing import ClassVar

from places import TESTS

from harness.runtimes.floor.agent import FloorAgent, FloorRuntime

HELD = 1_000_000
KEPT = 1024


def spin():
    total = 0
    for number in range(4_000):
        total += number * number
    return total


def little():
    return 1


class _Hot(FloorAgent):
    def run(self, prompt):
        for _ in range(5):
            little()
        spin()
        return super().run(prompt)

    async def arun(self, prompt):
        spin()
        return await super().arun(prompt)


class Hot(FloorRuntime):
    """One function does nearly all the work."""

    name = "hot"
    agent = lambda self, model: _Hot(model)  # noqa: E731


class _Often(_Hot):
    def run(self, prompt):
        for _ in range(2):
            little()
        return super().run(prompt)


class Often(FloorRuntime):
    """Hot, that calls `little` seven times instead of five."""

    name = "hot"
    agent = lambda self, model: _Often(model)  # noqa: E731


class _InThreads(FloorAgent):
    def run(self, prompt):
        worker = threading.Thread(target=spin)
        worker.start()
        worker.join()
        return super().run(prompt)


class InThreads(FloorRuntime):
    """The work is done in a thread of its own."""

    name = "in_threads"
    agent = lambda self, model: _InThreads(model)  # noqa: E731


class _Holds(FloorAgent):
    def run(self, prompt):
        buffer = bytearray(HELD)
        reply = super().run(prompt)
        del buffer
        return reply


class Holds(FloorRuntime):
    """A run holds a megabyte for a while."""

    name = "holds"
    agent = lambda self, model: _Holds(model)  # noqa: E731


class _Keeps(FloorAgent):
    kept: ClassVar = []

    def run(self, prompt):
        self.kept.append(bytes(KEPT))
        return super().run(prompt)


class Keeps(FloorRuntime):
    """Every run leaves a kilobyte behind."""

    name = "keeps"
    agent = lambda self, model: _Keeps(model)  # noqa: E731


class _Forgets(FloorAgent):
    kept: ClassVar = []

    def run(self, prompt):
        self.kept.append(bytes(KEPT))
        if len(self.kept) > 8:
            self.kept.clear()
        return super().run(prompt)


class Forgets(FloorRuntime):
    """The clean twin of Keeps: a buffer that is emptied."""

    name = "forgets"
    agent = lambda self, model: _Forgets(model)  # noqa: E731


class SlowAgent(FloorAgent):
    """Does on every run what belongs at the start of a program."""

    def __init__(self, model):
        self.model = model
        spin()

    def run(self, prompt):
        SlowAgent(self.model)
        asyncio.new_event_loop().close()
        re.purge()
        re.compile(r"(a+|b+)*[c-z]{2,5}(\d+)|(x|y|z)+" * 5)
        with contextlib.suppress(ImportError):
            import no_such_module_anywhere  # noqa: F401
        return super().run(prompt)


class Slow(FloorRuntime):
    """Builds its agent, a loop and a regular expression, and imports, in every run."""

    name = "slow"
    agent = lambda self, model: SlowAgent(model)  # noqa: E731


HERE = str(TESTS)
