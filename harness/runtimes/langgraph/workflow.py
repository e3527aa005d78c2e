"""LangGraph's workflows: StateGraph."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

from harness.runtimes import base
from harness.runtimes.kit import ends_of, inputs_of, step_prompt
from harness.runtimes.langgraph import LangGraphAgent
from harness.workload.dag import Dag, Step
from harness.workload.model import Model


class State(TypedDict):
    outputs: Annotated[dict[str, str], operator.or_]


class LangGraphWorkflow(base.Workflow):
    """One graph: a node per agent, an edge per need; outputs travel through the graph's state.

    Plain nodes for threads, asyncio nodes for the event loop.
    """

    def __init__(self, dag: Dag, model: Model) -> None:
        self._dag = dag
        self._agents = {step.name: LangGraphAgent(model) for step in dag.steps}
        # A superstep per step of the longest chain, and the one that ends the run.
        self._config = {"recursion_limit": len(dag.steps) + 1}
        self._plain = self._graph(self._call)

    @functools.cached_property
    def _asyncio(self) -> Any:
        return self._graph(self._acall)

    def run(self) -> dict[str, str]:
        outputs: dict[str, str] = self._plain.invoke({"outputs": {}}, self._config)["outputs"]
        return outputs

    async def arun(self) -> dict[str, str]:
        result = await self._asyncio.ainvoke({"outputs": {}}, self._config)
        outputs: dict[str, str] = result["outputs"]
        return outputs

    def _graph(self, node: Callable[[Step], Any]) -> Any:
        from langgraph.graph import END, START, StateGraph

        graph = StateGraph(State)
        for step in self._dag.steps:
            graph.add_node(step.name, node(step))
        for step in self._dag.steps:
            needs = inputs_of(self._dag, step)
            graph.add_edge(list(needs) if len(needs) > 1 else (*needs, START)[0], step.name)
        for name in ends_of(self._dag):
            graph.add_edge(name, END)
        return graph.compile()

    def _call(self, step: Step) -> Any:
        def call(state: Any) -> Any:
            prompt = step_prompt(self._dag, step, state["outputs"])
            return {"outputs": {step.name: self._agents[step.name].run(prompt)}}

        return call

    def _acall(self, step: Step) -> Any:
        async def call(state: Any) -> Any:
            prompt = step_prompt(self._dag, step, state["outputs"])
            return {"outputs": {step.name: await self._agents[step.name].arun(prompt)}}

        return call
