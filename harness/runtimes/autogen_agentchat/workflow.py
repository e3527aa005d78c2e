"""AutoGen's workflows: GraphFlow."""

from __future__ import annotations

import functools
from typing import Any

from harness.runtimes import base
from harness.runtimes.autogen_agentchat import client
from harness.runtimes.kit import inputs_of, step_prompt
from harness.workload.dag import Dag, Step
from harness.workload.model import Model


@functools.cache
def _step_agent() -> Any:
    from autogen_agentchat.agents import AssistantAgent
    from autogen_agentchat.messages import TextMessage

    class StepAgent(AssistantAgent):  # type: ignore[misc]
        """Makes its prompt of what the steps that it needs have said."""

        def __init__(self, dag: Dag, step: Step, client: Any) -> None:
            super().__init__(step.name, client, system_message=None)
            self._dag, self._step = dag, step

        async def on_messages_stream(self, messages: Any, cancellation_token: Any) -> Any:
            said = {message.source: message.content for message in messages}
            prompt = TextMessage(content=step_prompt(self._dag, self._step, said), source="user")
            async for event in super().on_messages_stream([prompt], cancellation_token):
                yield event

    return StepAgent


class AutoGenWorkflow(base.Workflow):
    """A GraphFlow is made for each run: it keeps its conversation and belongs to one event loop.

    A step is an AssistantAgent. GraphFlow starts the next steps when all that were running have
    ended: a barrier that is AutoGen's own.
    """

    def __init__(self, dag: Dag, model: Model) -> None:
        from autogen_agentchat.teams import DiGraphBuilder

        self._dag, self._client = dag, client(model)
        builder = DiGraphBuilder()
        for agent in self._agents():
            builder.add_node(agent)
        for step in dag.steps:
            for need in inputs_of(dag, step):
                builder.add_edge(need, step.name)
        self._graph = builder.build()

    def _agents(self) -> list[Any]:
        return [_step_agent()(self._dag, step, self._client) for step in self._dag.steps]

    async def arun(self) -> dict[str, str]:
        from autogen_agentchat.teams import GraphFlow

        try:
            result = await GraphFlow(self._agents(), graph=self._graph).run(task="start")
        except RuntimeError as error:  # what a step raised, as text
            raise base.RunFailed(f"the workflow failed: {error}") from error
        return {
            each.source: each.content for each in result.messages if each.source in self._dag.index
        }
