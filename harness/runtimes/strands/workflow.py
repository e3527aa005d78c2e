"""Strands' workflows: GraphBuilder, one agent a node."""

from __future__ import annotations

import functools
import itertools
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import inputs_of, step_prompt
from harness.runtimes.strands import StrandsAgent, parts
from harness.workload.dag import Dag, Step
from harness.workload.model import Model


class StrandsWorkflow(base.Workflow):
    """One graph of agents, with an edge from each step to those that need it.

    The framework runs it in batches: a step starts when all that ran beside those it needs have
    ended, too. A step would start when one of those it needs has ended; as the guide has it, its
    edges wait for all. The outputs are texts within the task that the framework writes for each
    agent; the model reads them there. Before a run each agent forgets the run before.
    """

    def __init__(self, dag: Dag, model: Model) -> None:
        from strands.multiagent import GraphBuilder

        builder = GraphBuilder()
        for step in dag.steps:
            builder.add_node(_StepAgent(dag, step, model).plain(), step.name)
        for step in dag.steps:
            for need in inputs_of(dag, step):
                builder.add_edge(need, step.name, condition=_all_ended(inputs_of(dag, step)))
        builder.set_max_node_executions(len(dag.steps))
        self._graph = builder.build()

    def run(self) -> dict[str, str]:
        """On a thread and an event loop that the framework makes for each run."""
        return self._ended(self._fresh()("start"))

    async def arun(self) -> dict[str, str]:
        return self._ended(await self._fresh().invoke_async("start"))

    def _fresh(self) -> Any:
        for node in self._graph.nodes.values():
            node.reset_executor_state()
        return self._graph

    def _ended(self, result: Any) -> dict[str, str]:
        if result.status.value != "completed":
            raise base.RunFailed(f"the graph ended {result.status.value}: {result.results}")
        outputs = {name: node.result.message for name, node in result.results.items()}
        return {name: message["content"][-1]["text"] for name, message in outputs.items()}


class _StepAgent(StrandsAgent):
    def __init__(self, dag: Dag, step: Step, model: Model) -> None:
        self.place = functools.partial(_place, dag, step)
        super().__init__(model)


def _all_ended(needs: tuple[str, ...]) -> Any:
    def ended(state: Any) -> bool:
        return all(need in state.results for need in needs)

    return ended


def _place(dag: Dag, step: Step, model: Model, messages: list[Any]) -> tuple[str, int]:
    """What the script is asked: the step's prompt with the outputs in the framework's own text.

    After the task, a line "From NAME:" for each step that this one needs, then "  - Agent: TEXT".
    """
    texts = [text.strip() for text in parts(messages, "user", "text")]
    outputs: dict[str, str] = {}
    for name, text in itertools.pairwise(texts):
        if name.startswith("From "):
            outputs[name[len("From ") : -1]] = text.partition(": ")[2]
    return step_prompt(dag, step, outputs), 0
