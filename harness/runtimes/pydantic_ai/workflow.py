"""Pydantic AI's workflows: pydantic_graph's GraphBuilder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.runtimes import base
from harness.runtimes.pydantic_ai.agent import PydanticAIAgent
from harness.workload.dag import Dag, Step
from harness.workload.model import Model


class PydanticAIWorkflow(base.Workflow):
    """One graph: a step per agent, broadcasts where paths part, a join where a step needs several.

    Outputs travel along the edges; the graph's state only collects them for the check.
    """

    def __init__(self, dag: Dag, model: Model) -> None:
        if reason := closes_early(dag):
            raise NotImplementedError(reason)
        try:
            from pydantic_graph import GraphBuilder, reduce_dict_update
        except ImportError as error:
            raise NotImplementedError(f"this release has no parallel graphs: {error}") from error
        builder = GraphBuilder(name=dag.name, state_type=dict, input_type=dict, output_type=dict)
        steps = {s.name: builder.step(_call(dag, s, model), node_id=s.name) for s in dag.steps}
        used = {need for step in dag.steps for need in step.needs}
        self._ends = tuple(step.name for step in dag.steps if step.name not in used)
        # Steps of equal needs share one join, as anybody would draw it.
        targets: dict[tuple[str, ...], list[Any]] = {}
        for step in dag.steps:
            targets.setdefault(_inputs(dag, step), []).append(steps[step.name])
        targets.setdefault(self._ends, []).append(builder.end_node)
        edges = []
        for needs, nodes in targets.items():
            source = steps[needs[0]] if needs else builder.start_node
            if len(needs) > 1:
                source = builder.join(
                    reduce_dict_update, initial_factory=dict, node_id=f"join {' '.join(needs)}"
                )
                edges.append(builder.edge_from(*(steps[need] for need in needs)).to(source))
            edges.append(builder.edge_from(source).to(*nodes))
        builder.add(*edges)
        self._graph = builder.build()
        self._expected = dag.expected()

    def run(self) -> dict[str, str]:
        """Graph.run_sync: on the thread's own event loop, as Agent.run_sync."""
        if not hasattr(self._graph, "run_sync"):
            raise NotImplementedError("graphs of this release run on an event loop only")
        outputs: dict[str, str] = {}
        return self._checked(self._graph.run_sync(state=outputs, inputs={}), outputs)

    async def arun(self) -> dict[str, str]:
        outputs: dict[str, str] = {}
        return self._checked(await self._graph.run(state=outputs, inputs={}), outputs)

    def _checked(self, ended: object, outputs: dict[str, str]) -> dict[str, str]:
        if outputs != self._expected:
            raise base.RunFailed(f"the graph ended with {outputs}, not with {self._expected}")
        if ended != {name: outputs[name] for name in self._ends}:
            raise base.RunFailed(f"the graph returned {ended!r}, not the outputs of {self._ends}")
        return outputs


def _call(dag: Dag, step: Step, model: Model) -> Any:
    """The function of one step; its agent is built here, once for all runs."""
    agent = PydanticAIAgent(model, step.name)

    # The builder evaluates these annotations, so they may name only what this module imports.
    async def call(ctx: Any) -> dict[str, str]:
        if step.name in ctx.state:
            raise base.RunFailed(f"the graph ran step {step.name!r} twice")
        text = await agent.arun(_prompt(dag, step, ctx.inputs))
        ctx.state[step.name] = text
        return {step.name: text}

    return call


def _prompt(dag: Dag, step: Step, inputs: Mapping[str, str]) -> str:
    try:
        return dag.prompt(step, inputs)
    except KeyError as error:
        raise base.RunFailed(f"the graph ran {step.name!r} without the output of {error}") from None


def _inputs(dag: Dag, step: Step) -> tuple[str, ...]:
    """What a step needs, each once, in the order of the DAG."""
    return tuple(sorted(set(step.needs), key=dag.index.__getitem__))


def closes_early(dag: Dag) -> str:
    """Why pydantic_graph cannot run this DAG, or "".

    A join closes when no *running* task can reach it; steps still held back by an open join
    upstream do not count. So a join between steps is only sound if all its inputs lie behind
    the same joins. The last join is exempt: every running task can reach it.
    """
    behind: dict[str, frozenset[tuple[str, ...]]] = {}
    for step in dag.steps:
        needs = _inputs(dag, step)
        if len({behind[need] for need in needs}) > 1:
            return (
                f"pydantic_graph can start {step.name!r} too early: of what it needs "
                f"({', '.join(needs)}) some is behind an earlier join and some is not, "
                "and its joins do not wait for joins upstream"
            )
        above = behind[needs[0]] if needs else frozenset()
        behind[step.name] = above | {needs} if len(needs) > 1 else above
    return ""
