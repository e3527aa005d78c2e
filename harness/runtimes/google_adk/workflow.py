"""ADK's workflows: Workflow, one function node a step, which runs the step's agent."""

from __future__ import annotations

from typing import Any

from harness.runtimes import base
from harness.runtimes.google_adk import GoogleAdkAgent, aevents, events
from harness.runtimes.kit import ends_of, inputs_of, needing, step_prompt
from harness.workload.dag import Dag, Step
from harness.workload.model import Model


class GoogleAdkWorkflow(base.Workflow):
    """One graph, with a JoinNode before what needs several: a step, or the end.

    A step is a function node that runs its agent as a node of its own, which is how a prompt is
    written in code; each run has a session of its own.
    """

    @needing("this release has no graphs")
    def __init__(self, dag: Dag, model: Model) -> None:
        from google.adk.runners import InMemoryRunner
        from google.adk.workflow import START, JoinNode, Workflow

        steps = {step.name: _node(dag, step, model) for step in dag.steps}
        edges: list[tuple[Any, ...]] = []

        def after(needs: tuple[str, ...], name: str) -> Any:
            if len(needs) < 2:
                return steps[needs[0]] if needs else START
            join = JoinNode(name=f"before_{name}")
            edges.extend((steps[need], join) for need in needs)
            return join

        for step in dag.steps:
            edges.append((after(inputs_of(dag, step), step.name), steps[step.name]))
        after(ends_of(dag), "end")
        self._steps, workflow = len(steps), Workflow(name=dag.name, edges=edges)
        self._runner = InMemoryRunner(node=workflow, app_name="app")

    def run(self) -> dict[str, str]:
        """On a thread and an event loop that the framework makes for each run."""
        return self._outputs(events(self._runner, "start"))

    async def arun(self) -> dict[str, str]:
        return self._outputs([event async for event in aevents(self._runner, "start")])

    def _outputs(self, seen: list[Any]) -> dict[str, str]:
        """Step name -> text of the events of a run; a path ends with the name and a number."""
        texts = {each.node_info.path: each.output for each in seen if isinstance(each.output, str)}
        if len(texts) != self._steps:
            raise base.RunFailed(f"{len(texts)} of {self._steps} steps have ended: {seen[-1:]}")
        return {path.rpartition("/")[2].partition("@")[0]: text for path, text in texts.items()}


def _node(dag: Dag, step: Step, model: Model) -> Any:
    """The node of one step; its agent is built here, once for all runs."""
    from google.adk.workflow import FunctionNode

    agent = GoogleAdkAgent(model).plain.agent
    needs = inputs_of(dag, step)

    async def call(ctx: Any, node_input: Any) -> Any:
        outputs = node_input if len(needs) > 1 else dict.fromkeys(needs, node_input)
        return await ctx.run_node(agent, step_prompt(dag, step, outputs))

    return FunctionNode(func=call, name=step.name, rerun_on_resume=True)
