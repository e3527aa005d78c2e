"""Agno: Agent on a subclass of its Model interface, workflows on Workflow, Steps and Parallel.

A model behind HTTP is asked through OpenAILike. Telemetry is off by the documented
`telemetry=False`: with it on, every run is reported to Agno's servers. Without a database an
agent keeps no history, so one agent serves any number of runs at once. Only calls present in
every release from 2.2 (November 2025) on are used.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from harness.runtimes import base
from harness.runtimes.agno.agent import AgnoAgent, scripted
from harness.runtimes.agno.workflow import AgnoWorkflow
from harness.runtimes.kit import spans
from harness.workload.dag import Dag
from harness.workload.model import Model


class AgnoRuntime(base.Runtime):
    """Agno, as installed."""

    name = "agno"
    package = "agno"
    imports = ("agno.agent", "agno.models.base")

    def agent(self, model: Model) -> AgnoAgent:
        return AgnoAgent(model)

    def workflow(self, dag: Dag, model: Model) -> AgnoWorkflow:
        try:
            return AgnoWorkflow(dag, model)
        except ImportError as error:  # releases of 2025 want fastapi for their workflows
            raise NotImplementedError(f"workflows do not import as installed: {error}") from error

    @contextlib.contextmanager
    def observed(self) -> Iterator[base.Sink]:
        """The instrumentor that agno.tracing uses, with spans in memory, not in a database."""
        provider, sink = spans.in_memory()
        try:
            from openinference.instrumentation.agno import AgnoInstrumentor
        except ImportError as error:
            raise NotImplementedError("openinference-instrumentation-agno is missing") from error
        import agno.models.base

        # It instruments the models that it finds in Agno's modules: ours must be among them, or
        # model calls, which every provider's user sees, would go untraced.
        agno.models.base.Scripted = scripted()
        instrumentor = AgnoInstrumentor()
        instrumentor.instrument(tracer_provider=provider)
        try:
            yield sink
        finally:
            instrumentor.uninstrument()
