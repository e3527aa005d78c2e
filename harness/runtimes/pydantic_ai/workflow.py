"""Pydantic AI's workflows: pydantic_graph's GraphBuilder."""

from __future__ import annotations

from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ends_of, inputs_of, needing, step_prompt
from harness.runtimes.pydantic_ai import PydanticAIAgent
from harness.workload.dag import Dag, Step
from harness.workload.model import Model


class PydanticAIWorkflow(base.Workflow):
    """One graph: a step per agent, broadcasts where paths part, a join where a step needs several.

    Outputs travel along the edges; the graph's state only collects them for who checks them.
    """

    def __init__(self, dag: Dag, model: Model) -> None:
        if reason := closes_early(dag):
            raise NotImplementedError(reason)
        with needing("this release has no parallel graphs"):
            from pydantic_graph import GraphBuilder, reduce_dict_update

        builder = GraphBuilder(name=dag.name, state_type=dict, input_type=dict, output_type=dict)
        steps = {s.name: builder.step(_call(dag, s, model), node_id=s.name) for s in dag.steps}
        # Steps of equal needs share one join, as anybody would draw it.
        targets: dict[tuple[str, ...], list[Any]] = {}
        for step in dag.steps:
            targets.setdefault(inputs_of(dag, step), []).append(steps[step.name])
        targets.setdefault(ends_of(dag), []).append(builder.end_node)
        edges = []
        for needs, nodes in targets.items():
            source = steps[needs[0]] if needs else builder.start_node
            if len(needs) > 1:
                name = f"join {' '.join(needs)}"
                source = builder.join(reduce_dict_update, initial_factory=dict, node_id=name)
                edges.append(builder.edge_from(*(steps[need] for need in needs)).to(source))
            edges.append(builder.edge_from(source).to(*nodes))
        builder.add(*edges)
        self._graph = builder.build()

    def run(self) -> dict[str, str]:
        """Graph.run_sync: on the thread's own event loop, as Agent.run_sync."""
        if not hasattr(self._graph, "run_sync"):
            raise NotImplementedError("graphs of this release run on an event loop only")
        outputs: dict[str, str] = {}
        self._graph.run_sync(state=outputs, inputs={})
        return outputs

    async def arun(self) -> dict[str, str]:
        outputs: dict[str, str] = {}
        await self._graph.run(state=outputs, inputs={})
        return outputs


def _call(dag: Dag, step: Step, model: Model) -> Any:
    """The function of one step; its agent is built here, once for all runs."""
    agent = PydanticAIAgent(model, step.name)

    # The builder evaluates these annotations, so they may name only what this module imports.
    async def call(ctx: Any) -> dict[str, str]:
        if step.name in ctx.state:
            raise base.RunFailed(f"the graph ran step {step.name!r} twice")
        ctx.state[step.name] = text = await agent.arun(step_prompt(dag, step, ctx.inputs))
        return {step.name: text}

    return call


def closes_early(dag: Dag) -> str:
    """Why pydantic_graph cannot run this DAG, or "".

    A join closes when no *running* task can reach it; steps still held back by an open join
    upstream do not count. So a join between steps is only sound if all its inputs lie behind
    the same joins. The last join is exempt: every running task can reach it.
    """
    behind: dict[str, frozenset[tuple[str, ...]]] = {}
    for step in dag.steps:
        needs = inputs_of(dag, step)
        if len({behind[need] for need in needs}) > 1:
            return (
                f"pydantic_graph can start {step.name!r} too early: only some of what it needs "
                f"({', '.join(needs)}) is behind an earlier join, and joins wait for none upstream"
            )
        above = behind[needs[0]] if needs else frozenset()
        behind[step.name] = above | {needs} if len(needs) > 1 else above
    return ""
