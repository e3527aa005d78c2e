"""Tuning: every experiment gives checked values on both sides, comparisons say what they show."""

import asyncio
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.instruments.arrivals.drivers import WrongReply
from harness.instruments.work import model_of
from harness.runtimes.base import Agent
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime
from studies.tuning import summary
from studies.tuning.__main__ import main
from studies.tuning.cli import measured
from studies.tuning.limits import REQUESTS, Gate, _rejected
from studies.tuning.program import Program
from studies.tuning.summary import change
from studies.tuning.work import PROMPTS, RUNS
from studies.tuning.worker import EXPERIMENTS, rounds_of


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

    def agent(self, model):
        agent = FloorAgent(model)

        async def none(prompt):
            raise NotImplementedError("no asyncio entry point")

        agent.arun = none
        return agent


@pytest.fixture(scope="module")
def floor():
    return dict(measured("floor", None, 1, sys.executable))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_gives_a_value_a_figure_and_round(floor, name):
    if name == "tracing":
        assert floor[name] == {"not_measured": "floor has no tracing of its own"}
        return
    for side in ("before", "after"):
        assert set(floor[name][side]) == {figure.name for figure in EXPERIMENTS[name].figures}
        assert all(len(values) == 1 and values[0] > 0 for values in floor[name][side].values())


def test_what_can_be_counted_is_as_it_must_be(floor):
    caching, reject = floor["caching"], floor["bounded-reject"]
    assert caching["before"]["requests"] == [RUNS] and caching["after"]["requests"] == [PROMPTS]
    assert reject["after"]["requests"] == [1.0]
    assert reject["before"]["requests"][0] >= 1 + (REQUESTS - 4) / REQUESTS
    queue = floor["bounded-queue"]
    assert queue["after"]["in_flight"] < queue["before"]["in_flight"]  # 40 ms against 200 ms


ASKING = [name for name in EXPERIMENTS if name not in ("lazy-imports", "tracing")]


@pytest.mark.parametrize("name", ASKING)
def test_wrong_replies_are_errors(name):
    with pytest.raises(WrongReply):
        rounds_of(EXPERIMENTS[name], Wrong(), 1)


@pytest.mark.parametrize("name", ["asyncio", "bounded-queue", "connections"])
def test_without_an_asyncio_entry_point_it_is_not_measured(name):
    with pytest.raises(NotImplementedError, match="no asyncio entry point"):
        rounds_of(EXPERIMENTS[name], SyncOnly(), 1)


@pytest.mark.parametrize("name", ["caching", "build-once", "to-thread"])
def test_the_synchronous_entry_point_is_measured_where_it_is_the_only_one(name):
    found = rounds_of(EXPERIMENTS[name], SyncOnly(), 1)
    assert all(value for side in found.values() for (value,) in side.values())


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

    with Program() as program:
        assert program.on_loop(all_at_once(3)) == 20
    assert agent.most == 3


def test_a_rejection_is_known_by_its_status_also_as_a_cause():
    refused, other = RuntimeError("busy"), RuntimeError("lost")
    refused.status_code = 429
    try:
        raise ValueError("wrapped") from refused
    except ValueError as wrapped:
        assert _rejected(wrapped)
    assert not _rejected(other)


def test_an_experiment_that_fails_is_told_and_writes_nothing(tmp_path, capsys, monkeypatch):
    broken = "import harness.runtimes.floor as f\nclass Bad(f.FloorRuntime):\n    name = 'bad'\n"
    broken += "    def agent(self, model):\n        raise RuntimeError('cannot build')\n"
    (tmp_path / "bad_agents.py").write_text(broken)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    arguments = ["measure", "--runtime", "bad_agents:Bad", "--only", "build-once"]
    assert main([*arguments, "--json", "out.json"]) == 1
    assert "cannot build" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    "arguments",
    [["--rounds", "0"], ["--runtime", "nobody"], ["--python", "/no/where"], ["--json", "no/x"]],
)
def test_bad_input_is_one_line(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["measure", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_measurement_is_kept_with_its_circumstances(tmp_path, capsys):
    path = tmp_path / "floor.json"
    asked = ["measure", "--only", "caching", "--rounds", "2", "--json", str(path)]
    assert main(asked) == 0
    document = json.loads(path.read_text())
    assert document["schema"] == 1 and document["runtime"] == "floor"
    assert set(document["machine"]) == {"os", "arch", "cpu", "num_cpu", "ram"}
    assert len(document["experiments"]["caching"]["before"]["requests"]) == 2
    assert "model requests they took" in capsys.readouterr().out


positive = st.lists(st.floats(0.5, 2.0), min_size=8, max_size=20)


@given(positive, st.floats(0.01, 100))
def test_a_planted_ratio_is_found_and_named(before, factor):
    found = change(before, [value * factor for value in before])
    assert found.low <= found.ratio <= found.high
    assert found.ratio == pytest.approx(factor)
    if factor < 0.9:
        assert found.verdict.startswith("pays")
    if factor > 1.1:
        assert found.verdict.startswith("does not pay: ") and "more" in found.words


def test_words():
    same = [1.0] * 8
    assert change(same, same).verdict == "does not pay: no difference"
    assert change(same, [0.1] * 8).verdict == "pays: 10.0 times less"
    assert change(same, [0.98] * 8).verdict == "hardly pays: slightly less (2 %)"
    assert change(same, [1.3] * 8).verdict == "does not pay: more (30 %)"
    few = summary.ENOUGH - 1
    assert change(same[:few], [0.1] * few).verdict == "too few rounds to tell"
    noisy = [0.8, 1.2] * 4
    assert change(same, noisy).words == "no difference"
