"""smolagents: ToolCallingAgent on a Model of ours, in threads only.

Each thread has an agent, because it keeps its conversation; its printing is off. smolagents writes
texts of its own around tasks and results of tools, and ends a run when the model calls
`final_answer`, a tool that each agent has: a reply is the argument of that call. Uses only what
every release from 1.21 (August 2025) on has.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ChatAgent, Tool, asked, needing, spans
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, Turn, WrongPrompt


def _place(model: Model, messages: list[Any]) -> tuple[str, int]:
    def texts(role: str, begin: str) -> list[str]:
        found = [part["text"] for each in messages if each.role == role for part in each.content]
        if not all(text.startswith(begin) for text in found):
            raise WrongPrompt(f"not only {begin!r} in {found!r}")
        return [text.removeprefix(begin) for text in found]

    # The results of one step are lines of one text. Earlier replies are results of `final_answer`.
    seen = [line for text in texts("tool-response", "Observation:\n") for line in text.split("\n")]
    earlier = model.script.history
    return asked(model, texts("user", "New task:\n"), seen[earlier:], seen[:earlier])


@functools.cache
def _classes() -> tuple[Callable[[Model], Any], Callable[[Tool], Any]]:
    import smolagents
    from smolagents import models

    def call(name: str, arguments: Any, key: int) -> Any:
        function = models.ChatMessageToolCallFunction(name=name, arguments=arguments)
        # It sorts results by these texts.
        return models.ChatMessageToolCall(function=function, id=f"call {key:06}", type="function")

    def message(turn: Turn) -> Any:
        calls = [call(TOOL_NAME, each.arguments, each.key) for each in turn.calls]
        calls = calls or [call("final_answer", {"answer": turn.text}, 0)]
        usage = models.TokenUsage(input_tokens=0, output_tokens=0)
        return models.ChatMessage(role="assistant", tool_calls=calls, token_usage=usage)

    class Scripted(models.Model):  # type: ignore[misc]
        def __init__(self, model: Model) -> None:
            super().__init__(model_id="script")
            self.answers = model

        def generate(self, messages: list[Any], *args: Any, **options: Any) -> Any:
            return message(self.answers.complete(*_place(self.answers, messages)))

    class Given(smolagents.Tool):  # type: ignore[misc]
        name, description, output_type = TOOL_NAME, "Looks up.", "string"
        inputs = {"key": {"type": "integer", "description": "what to look up"}}  # noqa: RUF012
        skip_forward_signature_validation = True

        def __init__(self, tool: Tool) -> None:
            super().__init__()
            self.name, self.forward = tool.__name__, tool

    return Scripted, Given


class SmolAgent(ChatAgent):
    acts_on = ChatAgent.acts_on | {"history"}

    def built(self, tools: list[Tool]) -> Any:
        from smolagents import ActionStep, LogLevel, TaskStep, Timing, ToolCallingAgent

        now = Timing(0.0, 0.0)
        steps = {"user": TaskStep, "assistant": lambda text: ActionStep(1, now, observations=text)}
        self._before = [steps[role](text) for role, text in self.earlier]
        scripted, given = _classes()
        options = {"max_steps": self.rounds + 1, "verbosity_level": LogLevel.OFF}
        tools, model = [given(tool) for tool in tools], scripted(self.model)
        make = functools.partial(ToolCallingAgent, tools, model, **options)
        self._own = threading.local()
        self._own.agent = make()
        return make

    def run(self, prompt: str) -> str:
        from smolagents import AgentError

        if not hasattr(self._own, "agent"):
            self._own.agent = self.plain()
        agent = self._own.agent
        if self.earlier:
            agent.memory.steps = [*self._before]
        try:
            return self.checked(None, agent.run(prompt, reset=not self.earlier))
        except AgentError as error:
            raise base.RunFailed(f"the run failed: {error}") from error


class SmolAgentsRuntime(base.Runtime):
    """smolagents, as installed. No workflows: agents are tools of agents, as their models like."""

    name = package = "smolagents"
    imports = ("smolagents",)

    def agent(self, model: Model) -> SmolAgent:
        if model.url:
            raise NotImplementedError("no model server's script speaks the texts of smolagents")
        return SmolAgent(model)

    @needing("openinference-instrumentation-smolagents is missing")
    def observed(self) -> base.Observed:
        """The instrumentor that its documentation names; it instruments models that it exports."""
        import smolagents
        from openinference.instrumentation.smolagents import SmolagentsInstrumentor

        smolagents.Scripted = _classes()[0]
        return spans.instrumented(SmolagentsInstrumentor())
