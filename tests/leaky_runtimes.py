"""The floor with one defect planted in each, for the tests of leaks and of the event loop."""

import asyncio
import contextvars
import inspect
import os
import threading
import time
from typing import Any

from harness.runtimes.floor.agent import FloorAgent, FloorRuntime, FloorWorkflow
from harness.runtimes.kit import ChatAgent

KEPT = []


class Every(FloorAgent):
    """Does something in every run."""

    def extra(self):
        pass

    def run(self, prompt):
        self.extra()
        return super().run(prompt)

    async def arun(self, prompt):
        self.extra()
        return await super().arun(prompt)


class Clean(FloorRuntime):
    name = "clean"

    def agent(self, model):
        return Every(model)


class KilobyteAgent(Every):
    def extra(self):
        KEPT.append(bytes(1024))


class Kilobyte(FloorRuntime):
    name = "kilobyte"

    def agent(self, model):
        return KilobyteAgent(model)


FEW = 40


class FillingAgent(Every):
    def extra(self):
        if len(KEPT) < FEW:
            KEPT.append(bytes(1024))


class Filling(FloorRuntime):
    """Keeps a kilobyte of its first runs, and then no more."""

    name = "filling"

    def agent(self, model):
        return FillingAgent(model)


FIRST_CALLS, FIRST_SECONDS = 100, 0.05


def nothing():
    pass


class LazyAgent(Every):
    def __init__(self, model):
        super().__init__(model)
        self.runs = 0

    def extra(self):
        self.runs += 1
        if self.runs == 1:
            time.sleep(FIRST_SECONDS)
            for _ in range(FIRST_CALLS):
                nothing()


class LazyImport(FloorRuntime):
    """Only its first run is slow, as one that imports."""

    name = "lazy_import"

    def agent(self, model):
        return LazyAgent(model)


_CURRENT: contextvars.ContextVar[Any] = contextvars.ContextVar("current")


class AgentInContext(Every):
    async def arun(self, prompt):
        _CURRENT.set(self)
        return await super().arun(prompt)


class InContext(FloorRuntime):
    """Keeps the agent that runs in a context variable."""

    def agent(self, model):
        return AgentInContext(model)


class StreamedAgent(Every):
    async def arun(self, prompt):
        return "".join([piece async for piece in self.astream(prompt)])


class Streamed(FloorRuntime):
    """Asks its model for streams alone."""

    def agent(self, model):
        return StreamedAgent(model)


class Registry(FloorRuntime):
    """Remembers each agent and workflow it built."""

    name = "registry"

    def agent(self, model):
        KEPT.append(agent := FloorAgent(model))
        return agent

    def workflow(self, dag, model):
        KEPT.append(workflow := FloorWorkflow(dag, model))
        return workflow


class FailureAgent(FloorAgent):
    """Remembers the errors of failed runs."""

    def run(self, prompt):
        try:
            return super().run(prompt)
        except Exception as error:
            KEPT.append(error)
            raise

    async def arun(self, prompt):
        try:
            return await super().arun(prompt)
        except (Exception, asyncio.CancelledError) as error:
            KEPT.append(error)
            raise


class Failures(FloorRuntime):
    name = "failures"

    def agent(self, model):
        return FailureAgent(model)


class ThreadAgent(Every):
    def extra(self):
        threading.Thread(target=threading.Event().wait, name="keeper", daemon=True).start()


class Threads(FloorRuntime):
    name = "threads"

    def agent(self, model):
        return ThreadAgent(model)


def look_for_work():
    while True:
        time.sleep(0.005)
        sum(range(50_000))


class PollingAgent(Every):
    def __init__(self, model):
        super().__init__(model)
        threading.Thread(target=look_for_work, daemon=True).start()
        threading.Thread(target=threading.Event().wait, daemon=True).start()


class Polling(FloorRuntime):
    """Each agent has a thread that looks for work again and again, and one that waits for it."""

    name = "polling"

    def agent(self, model):
        return PollingAgent(model)


class DescriptorAgent(Every):
    def extra(self):
        os.open(os.devnull, os.O_RDONLY)


class Descriptors(FloorRuntime):
    name = "descriptors"

    def agent(self, model):
        return DescriptorAgent(model)


class BlockingAgent(FloorAgent):
    async def arun(self, prompt):
        if prompt == "request 10":
            time.sleep(0.1)
        return await super().arun(prompt)


class Blocking(FloorRuntime):
    """One run in all makes the loop wait 100 ms."""

    name = "blocking"

    def agent(self, model):
        return BlockingAgent(model)


class ToolOnLoop(ChatAgent):
    """Calls every tool where it is."""

    def built(self, tools):
        return tools

    async def call(self, tool, key):
        result = tool(key)
        return await result if inspect.isawaitable(result) else result

    async def arun(self, prompt):
        round = 0
        while (turn := await self.model.acomplete(prompt, round)).calls:
            await self.call(self.asyncio[0], turn.calls[0].key)
            round += 1
        return turn.text


class ToolInThread(ToolOnLoop):
    async def call(self, tool, key):
        if inspect.iscoroutinefunction(tool):
            return await tool(key)
        return await asyncio.to_thread(tool, key)


class ToolsOnLoop(FloorRuntime):
    name = "tools_on_loop"

    def agent(self, model):
        return ToolOnLoop(model)


class ToolsInThreads(FloorRuntime):
    name = "tools_in_threads"

    def agent(self, model):
        return ToolInThread(model)
