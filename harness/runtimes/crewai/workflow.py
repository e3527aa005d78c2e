"""CrewAI's workflows: Flow."""

from __future__ import annotations

from typing import Any

from harness.runtimes import base
from harness.runtimes.crewai import CrewAIAgent
from harness.runtimes.kit import inputs_of, step_prompt
from harness.workload.dag import Dag, Step
from harness.workload.model import Model


class CrewAIWorkflow(base.Workflow):
    """A Flow with a method for each step, which listens to what it needs, and a crew in each.

    Outputs travel in the state of the flow, which is made for each run. There is a flow of plain
    methods, for threads, and one of coroutines. Its printing is off.
    """

    def __init__(self, dag: Dag, model: Model) -> None:
        self._dag = dag
        agents = {step.name: CrewAIAgent(model) for step in dag.steps}
        self._plain = self._flow({s.name: _call(dag, s, agents[s.name]) for s in dag.steps})
        self._asyncio = self._flow({s.name: _acall(dag, s, agents[s.name]) for s in dag.steps})

    def _flow(self, calls: dict[str, Any]) -> Any:
        from crewai.flow.flow import Flow, and_, listen, start

        methods = {}
        for step in self._dag.steps:
            needs = inputs_of(self._dag, step)
            heard = and_(*needs) if len(needs) > 1 else "".join(needs)
            methods[step.name] = (listen(heard) if needs else start())(calls[step.name])
        return type("Steps", (Flow,), methods)

    def run(self) -> dict[str, str]:
        flow = self._plain(suppress_flow_events=True)
        flow.kickoff()
        return self._outputs(flow)

    async def arun(self) -> dict[str, str]:
        flow = self._asyncio(suppress_flow_events=True)
        await flow.kickoff_async()
        return self._outputs(flow)

    def _outputs(self, flow: Any) -> dict[str, str]:
        return {step.name: flow.state[step.name] for step in self._dag.steps}


def _call(dag: Dag, step: Step, agent: CrewAIAgent) -> Any:
    def call(self: Any) -> str:
        self.state[step.name] = text = agent.run(step_prompt(dag, step, self.state))
        return text

    call.__name__ = step.name
    return call


def _acall(dag: Dag, step: Step, agent: CrewAIAgent) -> Any:
    async def call(self: Any) -> str:
        self.state[step.name] = text = await agent.arun(step_prompt(dag, step, self.state))
        return text

    call.__name__ = step.name
    return call
