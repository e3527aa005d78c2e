"""Which DAGs are nested sequences and parallel blocks, and nothing else.

Many frameworks know only these two. They express a DAG exactly if its order of steps is
series-parallel (Valdes, Tarjan and Lawler, 1982); any other would have to wait for steps that
it does not need.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from harness.workload.dag import Dag


class NotSeriesParallel(NotImplementedError):
    """The DAG cannot be nested exactly; the message names steps that show it."""


@dataclass(frozen=True)
class Block:
    """A step (by name), or parts that run in a row (series) or at once (parallel).

    name: of the step, or of the block's first step.
    """

    kind: Literal["step", "series", "parallel"]
    name: str
    parts: tuple[Block, ...] = ()


def block_of(dag: Dag) -> Block:
    """The nesting in which each step waits for exactly the steps it needs, directly or not.

    Raises NotSeriesParallel if there is none, ValueError for a DAG without steps.
    """
    if not dag.steps:
        raise ValueError(f"workflow {dag.name!r} has no steps")
    before: dict[str, frozenset[str]] = {}
    for step in dag.steps:
        before[step.name] = frozenset(step.needs).union(*(before[need] for need in step.needs))
    return _nest([step.name for step in dag.steps], before)


def _nest(names: list[str], before: dict[str, frozenset[str]]) -> Block:
    if len(names) == 1:
        return Block("step", names[0])

    def ordered(a: str, b: str) -> bool:
        return a in before[b] or b in before[a]

    def at_once(a: str, b: str) -> bool:
        return not ordered(a, b)

    apart = _components(names, ordered)
    if len(apart) > 1:
        return Block("parallel", names[0], tuple(_nest(part, before) for part in apart))
    in_a_row = _components(names, at_once)
    if len(in_a_row) > 1:
        # The names are in topological order, so the parts are, too.
        return Block("series", names[0], tuple(_nest(part, before) for part in in_a_row))
    raise NotSeriesParallel(
        f"its steps {', '.join(names)} are not nested sequences and parallel blocks: "
        "some would have to wait for steps they do not need"
    )


def _components(names: list[str], linked: Callable[[str, str], bool]) -> list[list[str]]:
    """Connected components, each in the order of `names`, by their first member."""
    left, found = list(names), []
    while left:
        component, frontier = {left[0]}, [left[0]]
        while frontier:
            one = frontier.pop()
            new = [name for name in left if name not in component and linked(one, name)]
            component.update(new)
            frontier += new
        found.append([name for name in left if name in component])
        left = [name for name in left if name not in component]
    return found
