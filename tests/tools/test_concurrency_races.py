"""Races planted in agents must be found, every time; their clean twins must never be accused."""

import asyncio
import threading

import pytest

from harness.runtimes.base import Agent
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime
from harness.tools.concurrency import checks
from harness.tools.concurrency.check import FAILED, PASSED
from harness.workload.script import tool_result


class SharedPrompt(Agent):
    """Keeps the prompt of the run on itself, across waiting for the model."""

    def __init__(self, model):
        self.model = model

    def run(self, prompt):
        self.prompt = prompt
        round = 0
        while (turn := self.model.complete(self.prompt, round)).calls:
            tool_result(turn.calls[0].key)
            round += 1
        return turn.text

    async def arun(self, prompt):
        self.prompt = prompt
        round = 0
        while (turn := await self.model.acomplete(self.prompt, round)).calls:
            tool_result(turn.calls[0].key)
            round += 1
        return turn.text


class OwnPrompt(SharedPrompt):
    """Its twin: the prompt of a run belongs to its thread or task."""

    def __init__(self, model):
        super().__init__(model)
        self.here = threading.local()

    def run(self, prompt):
        self.here.agent = SharedPrompt(self.model)
        return self.here.agent.run(prompt)

    async def arun(self, prompt):
        return await SharedPrompt(self.model).arun(prompt)


class Slots(FloorAgent):
    """Takes a slot with a read and a later write; two runs may take the same one."""

    def __init__(self, model):
        super().__init__(model)
        self.next = 0
        self.replies = {}

    def take(self):
        slot = self.next
        self.next = slot + 1
        return slot

    async def atake(self):
        slot = self.next
        await asyncio.sleep(0)
        self.next = slot + 1
        return slot

    def run(self, prompt):
        slot = self.take()
        self.replies[slot] = super().run(prompt)
        self.log(slot)
        return self.replies[slot]

    async def arun(self, prompt):
        slot = await self.atake()
        self.replies[slot] = await super().arun(prompt)
        await asyncio.sleep(0)
        return self.replies[slot]

    def log(self, slot):
        return f"slot {slot} is served"


class LockedSlots(Slots):
    """Its twin: the read and the write are one."""

    def __init__(self, model):
        super().__init__(model)
        self.lock = threading.Lock()

    def take(self):
        with self.lock:
            return super().take()

    async def atake(self):
        return self.take()


class OneCount(Slots):
    """The smallest race there is: `+= 1`, and nothing else between read and write."""

    def take(self):
        self.next += 1
        return self.next

    async def atake(self):
        self.next, slot = self.next + 1, self.next
        return slot


class Queue(FloorAgent):
    """Puts replies into a line and takes the first: perhaps not its own."""

    def __init__(self, model):
        super().__init__(model)
        self.line = []

    def run(self, prompt):
        self.line.append(super().run(prompt))
        self.rest()
        return self.line.pop(0)

    async def arun(self, prompt):
        self.line.append(await super().arun(prompt))
        await asyncio.sleep(0)
        return self.line.pop(0)

    def rest(self):
        return len(self.line)


class Twice(FloorAgent):
    """Replies are right, but a shared round counter makes it ask the model again and again."""

    round = 0

    def run(self, prompt):
        self.round = 0
        while self.model.complete(prompt, self.round).calls:
            self.round += 1
        return self.model.script.reply(int(prompt.split()[1]))

    async def arun(self, prompt):
        self.round = 0
        while (await self.model.acomplete(prompt, self.round)).calls:
            self.round += 1
        return self.model.script.reply(int(prompt.split()[1]))


class Planted(FloorRuntime):
    """A runtime of one of the agents above."""

    def __init__(self, agent_class):
        self.agent_class = agent_class

    def agent(self, model):
        return self.agent_class(model)


BOTH = ("threads", "asyncio")
RACY = [(cls, entry) for cls in (SharedPrompt, Slots, Queue, Twice) for entry in BOTH]
# In one event loop nothing comes between the two halves of `+= 1`.
RACY.append((OneCount, "threads"))
CLEAN = [(cls, entry) for cls in (FloorAgent, OwnPrompt, LockedSlots) for entry in BOTH]
CLEAN.append((OneCount, "asyncio"))


@pytest.mark.parametrize(("agent", "entry"), RACY)
def test_a_planted_race_is_found_from_every_seed(agent, entry):
    for seed in range(0, 2000, 100):
        report = checks.shared_agent(Planted(agent), entry, seed=seed, limit=20)
        assert (report.verdict, report.failures > 0) == (FAILED, True), seed
        assert report.runs <= 40 * 8
        assert report.evidence[0].startswith("request ")
        assert "found in interleaving" in report.evidence[-1]


@pytest.mark.parametrize(("agent", "entry"), CLEAN)
def test_a_clean_agent_is_never_accused(agent, entry):
    for seed in range(0, 2000, 100):
        report = checks.shared_agent(Planted(agent), entry, interleavings=10, seed=seed)
        assert (report.verdict, report.failures, report.runs) == (PASSED, 0, 80), report.evidence


@pytest.mark.parametrize("entry", BOTH)
def test_a_reply_mix_up_shows_in_plain_crowds_too(entry):
    assert checks.mixed_inputs(Planted(SharedPrompt), entry, 50).verdict == FAILED
    assert checks.mixed_inputs(Planted(OwnPrompt), entry, 50).verdict == PASSED
