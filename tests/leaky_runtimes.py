"""The floor with one defect planted in each, for the tests of leaks and of the event loop."""

import asyncio
import os
import threading
import time

from harness.runtimes.floor.agent import FloorAgent, FloorRuntime, FloorWorkflow

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
