"""Growth: what is linear is 1, what grows with the square is far beyond it."""

import sys

import pytest

from harness.measures import growth
from harness.runtimes import load
from harness.runtimes.base import Runtime
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime, FloorWorkflow

FLOOR = load("floor")


class Reader(FloorAgent):
    """Reads what was said before, each message once or again for each one after it."""

    def __init__(self, model, squared):
        super().__init__(model)
        self.squared = squared

    def read(self, message):
        return len(message)

    def run(self, prompt):
        said = [text for exchange in self.model.script.exchanges for text in exchange]
        for place, message in enumerate(said):
            for _ in said[: place + 1] if self.squared else [message]:
                self.read(message)
        return super().run(prompt)


class Reading(Runtime):
    def __init__(self, squared):
        self.squared = squared

    def agent(self, model):
        return Reader(model, self.squared)


@pytest.mark.parametrize("what", growth.SIZES)
@pytest.mark.parametrize("entry", ["threads", "asyncio"])
def test_the_floor_is_linear(what, entry):
    assert growth.over_linear(FLOOR, entry, what)["ratio"] == pytest.approx(1, abs=0.01)


def test_a_conversation_read_once_is_linear_and_with_the_square_is_not():
    def ratio(squared):
        return growth.over_linear(Reading(squared), "threads", "history")["ratio"]

    assert ratio(False) == 1
    assert ratio(True) == pytest.approx(8.8, abs=0.1)


def test_calls_are_those_of_the_run_by_function():
    counted = growth.calls_grown(Reading(False), "threads", "history", 10)
    comprehension = sys.version_info < (3, 12)  # a call of its own until then
    assert counted["calls"] == counted.functions.total() == 23 + comprehension
    assert max(counted.functions.items(), key=lambda item: item[1])[1] == 20


class Rescanning(FloorRuntime):
    """Before each step it looks at all steps, as a scheduler without an index does."""

    def workflow(self, dag, model):
        class Workflow(FloorWorkflow):
            def look(self, step, outputs):
                return step.name in outputs

            def run(self):
                outputs = {}
                for _ in dag.steps:
                    (step, *_) = [each for each in dag.steps if not self.look(each, outputs)]
                    outputs[step.name] = self.agent.run(dag.prompt(step, outputs))
                return outputs

        return Workflow(dag, model)


def test_a_row_that_is_looked_through_for_every_step_is_beyond_linear():
    assert growth.over_linear(Rescanning(), "threads", "row")["ratio"] > 1.5
