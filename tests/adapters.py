"""Runtimes broken on purpose, and one that works, as a user's own adapter would be written."""

import itertools
import os
import sys
import threading

from harness.runtimes.base import Agent, RunFailed, Runtime
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime


class Works(FloorRuntime):
    """The floor under another name."""

    name = "works"


class Told(FloorRuntime):
    """Tells each process that loads it."""

    name = "told"

    def load(self):
        super().load()
        with open(os.environ["LOADED"], "a") as file:
            file.write(f"{os.getpid()}\n")


class Threaded(Told):
    """Starts a thread when it is loaded, as some frameworks do."""

    name = "threaded"

    def load(self):
        super().load()
        threading.Thread(target=threading.Event().wait, daemon=True).start()


class _Failing(Agent):
    def run(self, prompt):
        raise RunFailed("the framework said no")

    async def arun(self, prompt):
        return self.run(prompt)


class _Wrong(Agent):
    def run(self, prompt):
        return "reply 0 of somebody else"

    async def arun(self, prompt):
        return self.run(prompt)


class _Broken(Runtime):
    imports = ("asyncio",)
    agent_class = Agent

    def agent(self, model):
        return self.agent_class()

    def workflow(self, dag, model):
        return _EmptyWorkflow()


class _EmptyWorkflow:
    """What a denied workflow looks like: back at once, with nothing done."""

    def run(self):
        return {}

    async def arun(self):
        return {}


class Denied(_Broken):
    """Every run is refused."""

    name = "denied"
    agent_class = _Failing


class WrongReply(_Broken):
    """Every run succeeds with another reply than its own."""

    name = "wrong"
    agent_class = _Wrong


class Unable(_Broken):
    """Builds agents that can do nothing; says so."""

    name = "unable"


class _Lazy(FloorAgent):
    def run(self, prompt):
        return prompt.replace("request", "reply")

    async def arun(self, prompt):
        return self.run(prompt)


class NeverAsks(FloorRuntime):
    """Right replies without asking the model: fast, and a lie."""

    name = "never_asks"

    def agent(self, model):
        return _Lazy(model)


class _Flaky(FloorAgent):
    calls = itertools.count(1)

    def run(self, prompt):
        if next(self.calls) % 50 == 0:
            raise RunFailed("one in fifty")
        return super().run(prompt)


class Flaky(FloorRuntime):
    """Two per cent of its runs fail."""

    name = "flaky"

    def agent(self, model):
        return _Flaky(model)


class Dies(FloorRuntime):
    """Its process is gone without a word."""

    name = "dies"

    def agent(self, model):
        os._exit(7)


class Crashes(FloorRuntime):
    """Takes its process down."""

    name = "crashes"

    def agent(self, model):
        sys.exit(7)


class _SyncAgent(Agent):
    def __init__(self, model):
        self.floor = FloorAgent(model)

    def run(self, prompt):
        return self.floor.run(prompt)


class SyncOnly(FloorRuntime):
    """A framework without asyncio."""

    name = "sync"

    def agent(self, model):
        return _SyncAgent(model)
