"""Pydantic AI: Agent on the FunctionModel it ships, workflows on pydantic_graph's GraphBuilder.

A model behind HTTP is asked through OpenAIChatModel. Only calls present in every release from
2.51 on are used, so one adapter serves a whole history.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from harness.runtimes import base
from harness.runtimes.kit import spans
from harness.runtimes.pydantic_ai.agent import PydanticAIAgent
from harness.runtimes.pydantic_ai.workflow import PydanticAIWorkflow
from harness.workload.dag import Dag
from harness.workload.model import Model


class PydanticAIRuntime(base.Runtime):
    """Pydantic AI, as installed."""

    name = "pydantic_ai"
    package = "pydantic-ai-slim"
    imports = ("pydantic_ai", "pydantic_ai.models.function", "pydantic_graph")

    def agent(self, model: Model) -> PydanticAIAgent:
        return PydanticAIAgent(model)

    def workflow(self, dag: Dag, model: Model) -> PydanticAIWorkflow:
        return PydanticAIWorkflow(dag, model)

    @contextlib.contextmanager
    def observed(self) -> Iterator[base.Sink]:
        """Agent.instrument_all with an OpenTelemetry provider, as its documentation has it."""
        provider, sink = spans.in_memory()
        from pydantic_ai import Agent, InstrumentationSettings

        Agent.instrument_all(InstrumentationSettings(tracer_provider=provider))
        try:
            yield sink
        finally:
            Agent.instrument_all(False)
