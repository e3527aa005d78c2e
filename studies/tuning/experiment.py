"""An experiment: the same work done in two ways, without a piece of advice and with it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from harness.runtimes.base import Runtime

Figures = dict[str, float]

Side = Callable[[], Figures]
"""One round of one way: does the work, checks its results, returns a value a figure."""

Sides = tuple[Side, Side]
"""Without the advice, and with it."""


@dataclass(frozen=True)
class Figure:
    """A value that both sides give; lower is better. unit: seconds, bytes or count."""

    name: str
    what: str
    unit: str = "seconds"


@dataclass(frozen=True)
class Experiment:
    """A piece of advice and how it is measured.

    before, after: what the sides do. figures: the first one is what the advice is for, the others
    are what it costs or brings beside. sides: enters with the two sides of a runtime, or raises
    NotImplementedError with the reason why it cannot be measured there.
    """

    name: str
    title: str
    before: str
    after: str
    figures: tuple[Figure, ...]
    rounds: int
    sides: Callable[[Runtime], AbstractContextManager[Sides]]


def experiment(
    name: str, title: str, before: str, after: str, *figures: Figure, rounds: int = 15
) -> Callable[[Callable[[Runtime], Iterator[Sides]]], Experiment]:
    """Makes an Experiment of a generator function that yields the two sides once."""

    def made(sides: Callable[[Runtime], Iterator[Sides]]) -> Experiment:
        manager = contextlib.contextmanager(sides)
        return Experiment(name, title, before, after, figures, rounds, manager)

    return made
