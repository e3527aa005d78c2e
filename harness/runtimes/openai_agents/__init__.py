"""OpenAI Agents SDK: Agent and Runner on a subclass of its Model interface.

A model behind HTTP is asked through OpenAIChatCompletionsModel. Tracing is off by the SDK's
documented switch, `set_tracing_disabled(True)`: with it on, a background thread sends every
trace to OpenAI's servers. A run without a session keeps no history, so one agent serves any
number of runs at once. Only calls present in every release from 0.5 (November 2025) on are used.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

from harness.runtimes import base
from harness.runtimes.openai_agents.agent import OpenAIAgentsAgent
from harness.runtimes.openai_agents.model import scripted
from harness.workload.dag import Dag
from harness.workload.model import Model


@functools.cache
def _recorder() -> tuple[Any, list[Any]]:
    """A trace processor that keeps every span that ended, and where; one for the process."""
    import agents

    spans: list[Any] = []

    class Recorder(agents.TracingProcessor):  # type: ignore[misc]
        """Keeps spans, and has nothing to send."""

        def on_span_end(self, span: Any) -> None:
            spans.append(span)

        def _nothing(self, *args: Any) -> None:
            pass

        on_trace_start = on_trace_end = on_span_start = shutdown = force_flush = _nothing

    return Recorder(), spans


class OpenAIAgentsRuntime(base.Runtime):
    """OpenAI Agents SDK, as installed."""

    name = "openai_agents"
    package = "openai-agents"
    imports = ("agents",)

    def agent(self, model: Model) -> OpenAIAgentsAgent:
        return OpenAIAgentsAgent(model)

    def workflow(self, dag: Dag, model: Model) -> base.Workflow:
        raise NotImplementedError(
            "the OpenAI Agents SDK has no workflows: its guide composes agents with asyncio.gather"
        )

    @contextlib.contextmanager
    def observed(self) -> Iterator[base.Sink]:
        """Tracing as the SDK has it on by default, with our processor for the one that sends.

        Spans of runs, turns and tools; a model of our own makes none, OpenAI's make one a call.
        """
        import agents

        recorder, sink = _recorder()
        scripted()  # it would switch tracing off if it were made within
        agents.set_trace_processors([recorder])
        agents.set_tracing_disabled(False)
        try:
            yield sink
        finally:
            agents.set_tracing_disabled(True)
            agents.set_trace_processors([])
