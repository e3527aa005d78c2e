"""What adapters of workflows share: a step's prompt, and DAGs as nested sequences and blocks.

Many frameworks know only sequences and parallel blocks. They express a DAG exactly if its order of
steps is series-parallel (Valdes, Tarjan and Lawler, 1982); any other would have to wait for steps
that it does not need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from harness.runtimes.base import RunFailed
from harness.workload.dag import Dag, Step

Made = TypeVar("Made")


class NotSeriesParallel(NotImplementedError):
    """The DAG cannot be nested exactly; the message names steps that show it."""


def step_prompt(dag: Dag, step: Step, outputs: Mapping[str, str]) -> str:
    """The prompt of a step; RunFailed if an output that it needs did not reach it."""
    try:
        return dag.prompt(step, outputs)
    except KeyError as error:
        raise RunFailed(f"step {step.name!r} ran without the output of {error}") from None


def inputs_of(dag: Dag, step: Step) -> tuple[str, ...]:
    """What a step needs, each once, in the order of the DAG."""
    return tuple(sorted(set(step.needs), key=dag.index.__getitem__))


def ends_of(dag: Dag) -> tuple[str, ...]:
    """The steps that no other step needs."""
    used = {need for step in dag.steps for need in step.needs}
    return tuple(step.name for step in dag.steps if step.name not in used)


def nested(
    dag: Dag,
    step: Callable[[str], Made],
    series: Callable[[str, list[Made]], Made],
    parallel: Callable[[str, list[Made]], Made],
) -> list[Made]:
    """What runs in a row to do the whole of `dag`, made of the framework's own parts.

    Each step waits for exactly the steps it needs, directly or not. step: makes one of its name;
    series, parallel: of a name of the block's own and its parts. Raises NotSeriesParallel where
    there is no such nesting, ValueError for a DAG without steps.
    """
    if not dag.steps:
        raise ValueError(f"workflow {dag.name!r} has no steps")
    before: dict[str, frozenset[str]] = {}
    for each in dag.steps:
        before[each.name] = frozenset(each.needs).union(*(before[need] for need in each.needs))

    def ordered(a: str, b: str) -> bool:
        return a in before[b] or b in before[a]

    def one(names: list[str]) -> Made:
        if len(names) == 1:
            return step(names[0])
        branches = _components(names, ordered)
        if len(branches) > 1:
            return parallel(f"parallel {names[0]}", [one(branch) for branch in branches])
        return series(f"series {names[0]}", row(names))

    def row(names: list[str]) -> list[Made]:
        # The names are in topological order, so the parts are, too.
        parts = _components(names, lambda a, b: not ordered(a, b))
        if len(parts) == 1 and len(names) > 1:
            raise NotSeriesParallel(
                f"its steps {', '.join(names)} are not nested sequences and parallel blocks: "
                "some would have to wait for steps they do not need"
            )
        return [one(part) for part in parts]

    names = [each.name for each in dag.steps]
    return row(names) if len(_components(names, ordered)) == 1 else [one(names)]


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
