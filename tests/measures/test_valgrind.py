"""Instructions and allocations of one run: counted where asked for, n/a elsewhere."""

import shutil
import sys
from pathlib import Path

import pytest

from harness.measures import valgrind
from harness.measures.countings import allocations_run, instructions_run
from harness.runtimes.floor.agent import FloorRuntime


@pytest.fixture(autouse=True)
def no_limit_on_a_busy_machine(monkeypatch):
    monkeypatch.setattr(valgrind, "TIMEOUT", 900.0)


def test_instructions_are_not_counted_unless_asked_for(monkeypatch):
    monkeypatch.delenv("HARNESS_INSTRUCTIONS", raising=False)
    with pytest.raises(NotImplementedError, match="only with HARNESS_INSTRUCTIONS=1"):
        instructions_run(FloorRuntime(), "threads")
    monkeypatch.setenv("HARNESS_INSTRUCTIONS", "1")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotImplementedError, match="valgrind is not installed"):
        instructions_run(FloorRuntime(), "threads")


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="needs valgrind")
def test_instructions_of_one_run_are_counted(monkeypatch):
    monkeypatch.setenv("HARNESS_INSTRUCTIONS", "1")
    assert 1000 < instructions_run(FloorRuntime(), "threads")["instructions"] < 20_000


class Allocating(FloorRuntime):
    """The floor, but every run allocates three more blocks of 1,000 bytes and frees them."""

    def agent(self, model):
        agent = super().agent(model)
        plain = agent.run

        def run(prompt):
            for _ in range(3):
                bytes(1000)
            return plain(prompt)

        agent.run = run
        return agent


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="needs valgrind")
def test_allocations_of_one_run_are_counted_also_when_they_are_freed(monkeypatch):
    monkeypatch.setenv("HARNESS_INSTRUCTIONS", "1")
    # the process under valgrind imports this file, too
    monkeypatch.setattr(sys, "path", [*sys.path, str(Path(__file__).parent)])
    plain = allocations_run(FloorRuntime(), "threads")
    more = allocations_run(Allocating(), "threads")
    assert plain["allocations"] > 0
    assert 3 <= more["allocations"] - plain["allocations"] < 8
    assert 3000 <= more["allocated_bytes"] - plain["allocated_bytes"] < 4000
