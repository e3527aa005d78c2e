"""Tuning: every experiment gives checked values on both sides."""

import asyncio
import json
import platform

import pytest
from shared import once

from harness.instruments.arrivals.kinds import WrongReply
from harness.instruments.work import model_of
from harness.runtimes.base import Agent
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime
from studies.tuning.__main__ import main
from studies.tuning.waiting import REQUESTS, Gate
from studies.tuning.work import PROMPTS, RUNS
from studies.tuning.worker import EXPERIMENTS, rounds_of

pytestmark = pytest.mark.slow


class Liar(Agent):
    def __init__(self, agent):
        self.agent = agent

    def run(self, prompt):
        return self.agent.run(prompt) + "!"

    async def arun(self, prompt):
        return await self.agent.arun(prompt) + "!"


class Wrong(FloorRuntime):
    """Replies that are not the script's."""

    name = "wrong"

    def agent(self, model):
        return Liar(super().agent(model))


class SyncOnly(FloorRuntime):
    name = "sync_only"
    runs = 0

    def agent(self, model):
        agent = FloorAgent(model)
        answer = agent.run

        def run(prompt):
            self.runs += 1
            return answer(prompt)

        async def none(prompt):
            raise NotImplementedError("no asyncio entry point")

        agent.run, agent.arun = run, none
        return agent


@pytest.fixture(scope="module")
def floor(tmp_path_factory):
    """One round of everything, as it is kept."""

    def make(root):
        assert main(["--rounds", "1", "--json", str(root / "floor.json")]) == 0

    return json.loads((once(tmp_path_factory, "tuning", make) / "floor.json").read_text())


def test_every_experiment_gives_a_value_per_figure_and_round(floor):
    assert list(floor["experiments"]) == list(EXPERIMENTS)
    for name, found in floor["experiments"].items():
        if name == "tracing":
            assert found == {"not_measured": "floor has no tracing of its own"}
            continue
        assert list(found["before"]) == list(found["after"])
        for side in ("before", "after"):
            assert all(len(values) == 1 for values in found[side].values())


def test_what_can_be_counted_is_as_it_must_be(floor):
    found = floor["experiments"]
    caching, reject, queue = (found[f"{n}"] for n in ("caching", "bounded-reject", "bounded-queue"))
    assert caching["before"]["requests"] == [RUNS] and caching["after"]["requests"] == [PROMPTS]
    assert reject["after"]["requests"] == [1.0]
    assert reject["before"]["requests"][0] >= 1 + (REQUESTS - 4) / REQUESTS
    assert queue["before"]["in_flight"][0] > 0.19  # the last of ten times four slots of 20 ms


def test_a_measurement_is_kept_with_its_circumstances(floor):
    assert floor["runtime"] == "floor" and floor["python"] == platform.python_version()
    assert set(floor["machine"]) == {"os", "arch", "cpu", "num_cpu", "ram"}


ASKING = [name for name in EXPERIMENTS if name not in ("lazy-imports", "tracing")]


@pytest.mark.parametrize("name", ASKING)
def test_wrong_replies_are_errors(name):
    with pytest.raises(WrongReply):
        rounds_of(name, Wrong(), 1)


@pytest.mark.parametrize("name", ["asyncio", "bounded-queue", "connections"])
def test_without_an_asyncio_entry_point_it_is_not_measured(name):
    with pytest.raises(NotImplementedError, match="no asyncio entry point"):
        rounds_of(name, SyncOnly(), 1)


@pytest.mark.parametrize("name", ["caching", "build-once", "to-thread"])
def test_the_synchronous_entry_point_is_measured_where_it_is_the_only_one(name):
    runtime = SyncOnly()
    found = rounds_of(name, runtime, 1)
    assert set(found) == {"before", "after"} and runtime.runs > 0


def test_the_gate_lets_in_no_more_than_its_limit():
    class Counting(FloorAgent):
        inside = most = 0

        async def arun(self, prompt):
            self.inside += 1
            self.most = max(self.most, self.inside)
            reply = await super().arun(prompt)
            self.inside -= 1
            return reply

    agent = Counting(model_of(0.001))

    async def all_at_once(limit):
        gate = Gate(agent, limit)
        await asyncio.gather(*(gate.arun(f"request {i}") for i in range(20)))
        return len(gate.in_flight)

    assert asyncio.run(all_at_once(3)) == 20
    assert agent.most == 3


def test_an_experiment_that_fails_is_told_and_writes_nothing(tmp_path, capsys, monkeypatch):
    broken = "import harness.runtimes.floor as f\nclass Bad(f.FloorRuntime):\n    name = 'bad'\n"
    broken += "    def agent(self, model):\n        raise RuntimeError('cannot build')\n"
    (tmp_path / "bad_agents.py").write_text(broken)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    arguments = ["--runtime", "bad_agents:Bad", "--only", "build-once"]
    assert main([*arguments, "--json", "out.json"]) == 1
    assert "cannot build" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    "arguments", [["--runtime", "nobody"], ["--python", "/no/where"], ["--json", "no/x"]]
)
def test_bad_input_is_one_line(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
