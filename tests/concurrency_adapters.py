"""Agents with a fault that shows only where runs meet failures, limits or each other."""

import asyncio

from harness.runtimes.base import RunFailed
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime
from harness.workload.script import ModelFailure


class Silent(RunFailed):
    """An error that is false, as one that is an empty collection would be."""

    def __bool__(self):
        return False


class FailsAtOnce(FloorAgent):
    """Fails before any time has passed."""

    async def arun(self, prompt):
        raise Silent("at once")


class Contagious(FloorAgent):
    """After one failed run every other fails, too."""

    broken = False

    def run(self, prompt):
        if self.broken:
            raise RunFailed("broken since an earlier run")
        try:
            return super().run(prompt)
        except ModelFailure:
            self.broken = True
            raise

    async def arun(self, prompt):
        if self.broken:
            raise RunFailed("broken since an earlier run")
        try:
            return await super().arun(prompt)
        except ModelFailure:
            self.broken = True
            raise


class Swallows(FloorAgent):
    """Hides the failures of its model behind a reply."""

    def run(self, prompt):
        try:
            return super().run(prompt)
        except ModelFailure:
            return "sorry"

    async def arun(self, prompt):
        try:
            return await super().arun(prompt)
        except ModelFailure:
            return "sorry"


class LastError(FloorAgent):
    """Every failed run raises the error of whoever failed first."""

    first = None

    def _raise(self, error):
        self.first = self.first or str(error)
        raise RunFailed(self.first)

    def run(self, prompt):
        try:
            return super().run(prompt)
        except ModelFailure as error:
            text = error
        self._raise(text)

    async def arun(self, prompt):
        try:
            return await super().arun(prompt)
        except ModelFailure as error:
            text = error
        self._raise(text)


class LeaksPermits(FloorAgent):
    """Gives back its place only when the run went well: two failures, and nobody gets in."""

    def __init__(self, model):
        super().__init__(model)
        self.places = asyncio.Semaphore(2)

    async def arun(self, prompt):
        await self.places.acquire()
        reply = await super().arun(prompt)
        self.places.release()
        return reply


class Batches(FloorAgent):
    """Answers all who came together in one task group: one error ends them all."""

    batch = None

    async def arun(self, prompt):
        if self.batch is None:
            self.waiting = []
            self.batch = asyncio.create_task(self._serve())
        self.waiting.append(prompt)
        return (await self.batch)[prompt]

    async def _serve(self):
        await asyncio.sleep(0.01)
        prompts, self.batch = self.waiting, None
        async with asyncio.TaskGroup() as group:
            tasks = {
                prompt: group.create_task(super(Batches, self).arun(prompt)) for prompt in prompts
            }
        return {prompt: task.result() for prompt, task in tasks.items()}


class Stubborn(FloorAgent):
    """Tries again when it is cancelled."""

    async def arun(self, prompt):
        try:
            return await super().arun(prompt)
        except asyncio.CancelledError:
            return f"cancelled {prompt}"


class TenAtATime(FloorAgent):
    """A limit that nobody was told about."""

    def __init__(self, model):
        super().__init__(model)
        self.places = asyncio.Semaphore(10)

    async def arun(self, prompt):
        async with self.places:
            return await super().arun(prompt)


class AsksAgain(FloorAgent):
    """Once a run has failed, every run asks its model once too often."""

    broken = False

    async def arun(self, prompt):
        if self.broken:
            await self.model.acomplete(prompt, 0)
        try:
            return await super().arun(prompt)
        except ModelFailure:
            self.broken = True
            raise


class TwoLocks(FloorRuntime):
    """For the command line: a runtime whose agent fails some runs that should not fail."""

    name = "contagious"

    def agent(self, model):
        return Contagious(model)
