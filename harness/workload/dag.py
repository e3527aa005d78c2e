"""Workflow shapes: named steps, what each needs, how long each waits for the model."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from harness.workload.script import PerRequest, Script, reply_of


@dataclass(frozen=True)
class Step:
    """One agent call: `needs` are names of earlier steps, `latency` is in seconds."""

    name: str
    needs: tuple[str, ...] = ()
    latency: float = 0.0


@dataclass(frozen=True)
class Dag:
    """A directed acyclic graph of steps, kept in a topological order.

    Raises ValueError for duplicate or unknown names, negative latency, or a cycle.
    """

    name: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        by_name = {step.name: step for step in self.steps}
        if len(by_name) != len(self.steps):
            raise ValueError(f"workflow {self.name!r}: two steps share a name")
        for step in self.steps:
            unknown = [need for need in step.needs if need not in by_name]
            if unknown:
                raise ValueError(f"step {step.name!r} needs unknown step {unknown[0]!r}")
            if not 0 <= step.latency < float("inf"):
                raise ValueError(f"step {step.name!r} has a latency of {step.latency} seconds")
        try:
            order = tuple(TopologicalSorter({s.name: s.needs for s in self.steps}).static_order())
        except CycleError as error:
            raise ValueError(f"workflow {self.name!r} has a cycle: {error.args[1]}") from None
        object.__setattr__(self, "steps", tuple(by_name[name] for name in order))

    @cached_property
    def index(self) -> dict[str, int]:
        """Step name -> its request number."""
        return {step.name: i for i, step in enumerate(self.steps)}

    def prompt(self, step: Step, outputs: Mapping[str, str]) -> str:
        """The prompt of a step: it quotes the output of each step it needs, in order."""
        quoted = ", ".join(outputs[need] for need in step.needs)
        return f"request {self.index[step.name]} after {quoted or 'nothing'}"

    def script(self) -> Script:
        """Step i is request i; a step asked without its inputs raises WrongPrompt."""
        expected = self.expected()
        return Script(
            latency=PerRequest(tuple(step.latency for step in self.steps)),
            prompts={self.index[s.name]: self.prompt(s, expected) for s in self.steps},
        )

    def expected(self) -> dict[str, str]:
        """Step name -> the reply a correct run returns for it."""
        return {step.name: reply_of(i) for i, step in enumerate(self.steps)}

    @property
    def ideal_makespan(self) -> float:
        """Seconds along the critical path, the longest by duration: no schedule is shorter."""
        ends: dict[str, float] = {}
        for step in self.steps:
            ends[step.name] = max((ends[n] for n in step.needs), default=0.0) + step.latency
        return max(ends.values(), default=0.0)


def chain(length: int = 5, latency: float = 0.0) -> Dag:
    """Each step needs the one before it."""
    steps = [Step(f"s{i}", (f"s{i - 1}",) if i else (), latency) for i in range(length)]
    return Dag("chain", tuple(steps))


def fan(width: int = 8, latency: float = 0.0) -> Dag:
    """Fan-out and fan-in: one step, `width` that need it, one that needs them all."""
    middle = tuple(f"m{i}" for i in range(width))
    steps = [Step("start", (), latency), *(Step(m, ("start",), latency) for m in middle)]
    return Dag("fan", (*steps, Step("end", middle, latency)))


def diamond(latency: float = 0.0) -> Dag:
    """One step, two that need it, one that needs both."""
    sides = ("left", "right")
    steps = (Step("top", (), latency), *(Step(s, ("top",), latency) for s in sides))
    return Dag("diamond", (*steps, Step("bottom", sides, latency)))


def layered(layers: int = 3, width: int = 3, latency: float = 0.0) -> Dag:
    """Each step needs every step of the layer before it."""
    names = [tuple(f"l{i}n{j}" for j in range(width)) for i in range(layers)]
    needs = [(), *names[:-1]]
    steps = [
        Step(name, need, latency) for each, need in zip(names, needs, strict=True) for name in each
    ]
    return Dag("layered", tuple(steps))


def unbalanced(latency: float = 0.0) -> Dag:
    """Two long-short branches that cross: a level barrier takes 4/3 of the critical path."""
    return Dag(
        "unbalanced",
        (
            Step("a1", (), 2 * latency),
            Step("b1", ("a1",), latency),
            Step("a2", (), latency),
            Step("b2", ("a2",), 2 * latency),
        ),
    )


def random_dag(size: int = 12, density: float = 0.25, latency: float = 0.0, seed: int = 7) -> Dag:
    """Seeded: each earlier step is needed with probability `density`; latencies vary 0.5-1.5x."""
    rng = random.Random(seed)
    steps: list[Step] = []
    for i in range(size):
        needs = tuple(f"r{j}" for j in range(i) if rng.random() < density)
        steps.append(Step(f"r{i}", needs, latency * rng.uniform(0.5, 1.5)))
    return Dag("random", tuple(steps))


SHAPES: dict[str, Callable[..., Dag]] = {
    "chain": chain,
    "fan": fan,
    "diamond": diamond,
    "layered": layered,
    "unbalanced": unbalanced,
    "random": random_dag,
}


def shape(name: str, latency: float = 0.0) -> Dag:
    """The standard shape `name` with `latency` seconds per step; ValueError if there is none."""
    if name not in SHAPES:
        raise ValueError(f"no workflow shape {name!r}; there are {', '.join(SHAPES)}")
    return SHAPES[name](latency=latency)
