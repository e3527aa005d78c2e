"""DSPy's workflows: a module of modules, with dspy.Parallel where they branch."""

from __future__ import annotations

import functools
from typing import Any

from harness.runtimes import base
from harness.runtimes.dspy import DSPyAgent
from harness.runtimes.kit import nested, step_prompt
from harness.workload.dag import Dag, Step
from harness.workload.model import Model


@functools.cache
def _modules() -> tuple[Any, Any, Any]:
    """Modules that take the outputs so far and return more: a step, a sequence, a block."""
    import dspy

    class Once(dspy.Module):  # type: ignore[misc]
        def __init__(self, dag: Dag, step: Step, model: Model) -> None:
            super().__init__()
            self.dag, self.step, self.agent = dag, step, DSPyAgent(model)

        def forward(self, outputs: dict[str, str]) -> dict[str, str]:
            return {self.step.name: self.agent.run(step_prompt(self.dag, self.step, outputs))}

    class Series(dspy.Module):  # type: ignore[misc]
        def __init__(self, parts: list[Any]) -> None:
            super().__init__()
            self.parts = parts

        def forward(self, outputs: dict[str, str]) -> dict[str, str]:
            made: dict[str, str] = {}
            for part in self.parts:
                made |= part(outputs=outputs | made)
            return made

    class Block(Series):
        def forward(self, outputs: dict[str, str]) -> dict[str, str]:
            at_once = dspy.Parallel(num_threads=len(self.parts), disable_progress_bar=True)
            made = at_once([(part, {"outputs": outputs}) for part in self.parts])
            if None in made:  # dspy.Parallel itself lets up to ten fail
                raise base.RunFailed("a step of dspy.Parallel failed")
            return functools.reduce(dict.__or__, made)

    return Once, Series, Block


class DSPyWorkflow(base.Workflow):
    """A dspy.Module whose forward calls others, in a row or through dspy.Parallel, in threads.

    So the DAG's own shape is nested in sequences and blocks; each step has an agent. On an event
    loop DSPy has nothing that runs modules at once.
    """

    def __init__(self, dag: Dag, model: Model) -> None:
        once, series, block = _modules()
        steps = {step.name: step for step in dag.steps}
        parts = nested(
            dag,
            step=lambda name: once(dag, steps[name], model),
            series=lambda name, parts: series(parts),
            parallel=lambda name, parts: block(parts),
        )
        self._program = series(parts)

    def run(self) -> dict[str, str]:
        outputs: dict[str, str] = self._program(outputs={})
        return outputs

    async def arun(self) -> dict[str, str]:
        raise NotImplementedError(
            "dspy.Parallel is for threads: none runs modules at once on a loop"
        )
