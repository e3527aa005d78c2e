"""Tracing is measured on runs that were traced, and only on those."""

import contextlib

import pytest

from harness.measures import tracing
from harness.runtimes import load
from harness.runtimes.base import RunFailed
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime


class Traced(FloorRuntime):
    """The floor, with a tracer that does some work for each of its two spans."""

    work = 100

    def __init__(self):
        self.spans, self.on = [], False

    def agent(self, model):
        runtime = self

        class Agent(FloorAgent):
            def run(self, prompt):
                for _ in range(2 * runtime.on):
                    runtime.spans.append(runtime.span())
                return super().run(prompt)

        return Agent(model)

    def span(self):
        return sum(i * i for i in range(self.work))

    @contextlib.contextmanager
    def observed(self):
        self.on = True
        try:
            yield self.spans
        finally:
            self.on = False


class Forgets(Traced):
    """Traces one run of three."""

    def span(self):
        self.spans[:] = self.spans[: len(self.spans) // 3]
        return 0


def test_the_cost_of_tracing_shows_and_its_absence_too():
    assert tracing.traced(Traced(), "threads", pairs=3)["ratio"] > 5
    cheap = type("Cheap", (Traced,), {"work": 0})()
    assert tracing.traced(cheap, "threads", pairs=3)["ratio"] < 5


def test_spans_and_added_calls_are_counted():
    figures = tracing.calls_traced(Traced(), "threads")
    # span() and its generator, entered once and resumed for each item, twice a run.
    assert figures == {"calls": 2 * (1 + Traced.work + 1), "spans": 2}
    assert sum(figures.functions.values()) == figures["calls"]


class Mute(Traced):
    """A release that leaves no span of a run without tools."""

    def agent(self, model):
        return FloorAgent(model)


@pytest.mark.parametrize("measure", [tracing.traced, tracing.calls_traced])
def test_a_release_that_leaves_no_span_is_not_available(measure):
    with pytest.raises(NotImplementedError, match="leaves no span of such a run"):
        measure(Mute(), "threads")


@pytest.mark.parametrize("measure", [tracing.traced, tracing.calls_traced])
def test_runs_of_which_some_leave_no_span_are_not_traced_runs(measure):
    with pytest.raises(RunFailed, match="traced runs left"):
        measure(Forgets(), "threads")


@pytest.mark.parametrize(
    ("name", "reason"), [("floor", "no tracing of its own"), ("greenlang", "record no spans")]
)
def test_without_tracing_there_is_a_reason(name, reason, monkeypatch):
    monkeypatch.setattr("importlib.metadata.version", lambda package: "0.3.0")
    with pytest.raises(NotImplementedError, match=reason):
        load(name).observed()
