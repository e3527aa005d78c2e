"""What adapters of workflows share: a step's prompt, and DAGs as nested sequences and blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from harness.runtimes.base import RunFailed
from harness.runtimes.kit.series_parallel import Block, block_of
from harness.workload.dag import Dag, Step

Made = TypeVar("Made")


def step_prompt(dag: Dag, step: Step, outputs: Mapping[str, str]) -> str:
    """The prompt of a step; RunFailed if an output that it needs did not reach it."""
    try:
        return dag.prompt(step, outputs)
    except KeyError as error:
        raise RunFailed(f"step {step.name!r} ran without the output of {error}") from None


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

    step: of the name of a step; series, parallel: of a name of the block's own and its parts.
    Raises NotSeriesParallel where the DAG cannot be nested.
    """

    def made(block: Block) -> Made:
        if block.kind == "step":
            return step(block.name)
        build = series if block.kind == "series" else parallel
        return build(f"{block.kind} {block.name}", [made(part) for part in block.parts])

    whole = block_of(dag)
    return [made(part) for part in (whole.parts if whole.kind == "series" else (whole,))]
