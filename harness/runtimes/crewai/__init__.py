"""CrewAI: a Crew of one Agent with one Task, on a BaseLLM of ours; workflows on Flow.

A crew is made for each run, of a new agent and tools that stay: it refuses runs at once. CrewAI
writes texts of its own around a task, runs models and tools in threads, also when it is awaited,
and an asyncio tool on a new event loop for each call. Its telemetry, by documented switches, and
its retries are off. Uses only what every release from 1.15 (June 2026) on has.
"""

from __future__ import annotations

import functools
import os
import re
import tempfile
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ChatAgent, Tool, asked, needing, spans
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, Turn, WrongPrompt

_HOME = tempfile.TemporaryDirectory(prefix="crewai-")  # else programs and releases share one
os.environ |= {"CREWAI_STORAGE_DIR": _HOME.name, "CREWAI_TRACING_ENABLED": "false"}
os.environ |= dict.fromkeys(("CREWAI_DISABLE_TELEMETRY", "CREWAI_DISABLE_TRACKING"), "true")
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or importing it fetches one

_TASK = re.compile(
    r"\nCurrent Task: (.*)\n\nThis is the expected criteria for your final answer: the reply\n"
    r"you MUST return the actual complete content as the final answer, not a summary\."
    r"(?:\n\nProvide your complete response:)?",
    re.DOTALL,
)


def _place(model: Model, messages: list[dict[str, Any]]) -> tuple[str, int]:
    tasks = [_TASK.fullmatch(each["content"]) for each in messages if each["role"] == "user"]
    if None in tasks:
        raise WrongPrompt(f"not what CrewAI writes of a task: {messages!r:.500}")
    results = [each["content"] for each in messages if each["role"] == "tool"]
    return asked(model, [task[1] for task in tasks if task], results)


@functools.cache
def _scripted() -> Callable[[Model], Any]:
    from crewai import BaseLLM

    def answer(turn: Turn) -> Any:
        functions = [SimpleNamespace(name=TOOL_NAME, arguments=c.arguments) for c in turn.calls]
        calls = zip(turn.calls, functions, strict=True)
        return [SimpleNamespace(id=c.id, function=function) for c, function in calls] or turn.text

    class Scripted(BaseLLM):  # type: ignore[misc]
        answers: Any = None

        def call(self, messages: Any, *args: Any, **options: Any) -> Any:
            return answer(self.answers.complete(*_place(self.answers, messages)))

        async def acall(self, messages: Any, *args: Any, **options: Any) -> Any:
            return answer(await self.answers.acomplete(*_place(self.answers, messages)))

        def supports_function_calling(self) -> bool:
            return True

        def supports_stop_words(self) -> bool:
            return False

        def get_input_tokens_count(self, *args: Any, **options: Any) -> int:
            return 0  # else it guesses, and prints a line each time

    return lambda model: Scripted(model="script", answers=model)


class CrewAIAgent(ChatAgent):
    def built(self, tools: list[Tool]) -> Callable[[str], Any]:
        from crewai import Agent, Crew, Task
        from crewai.tools import tool as crew_tool

        if self.earlier:
            raise NotImplementedError("a Crew continues no earlier conversation")
        llm, given = _scripted()(self.model), [crew_tool(tool) for tool in tools]
        fixed = {"role": "agent", "goal": "to reply", "backstory": "None.", "max_retry_limit": 0}

        def make(prompt: str) -> Any:
            agent = Agent(llm=llm, tools=given, max_iter=self.rounds + 1, **fixed)
            task = Task(description=prompt, expected_output="the reply", agent=agent)
            return Crew(agents=[agent], tasks=[task])

        make("")  # what building costs, and where it fails
        return make

    def run(self, prompt: str) -> str:
        return self.checked(None, self.plain(prompt).kickoff().raw)

    async def arun(self, prompt: str) -> str:
        return self.checked(None, (await self.asyncio(prompt).akickoff()).raw)


class CrewAIRuntime(base.Runtime):
    """CrewAI, as installed."""

    name = package = "crewai"
    imports = ("crewai",)
    workflows = "harness.runtimes.crewai.workflow:CrewAIWorkflow"

    def agent(self, model: Model) -> CrewAIAgent:
        if model.url:
            raise NotImplementedError("no model server's script speaks the texts of CrewAI")
        return CrewAIAgent(model)

    @needing("openinference-instrumentation-crewai is missing")
    def observed(self) -> base.Observed:
        """The instrumentor that its documentation names, with spans in memory."""
        from openinference.instrumentation.crewai import CrewAIInstrumentor

        return spans.instrumented(CrewAIInstrumentor())
