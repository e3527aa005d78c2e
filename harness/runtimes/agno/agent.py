"""Agno's agents: Agent on a subclass of its Model interface, or on OpenAILike over HTTP."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import openai_client
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, Turn, WrongPrompt, tool_result


def lookup(key: int) -> str:
    """The one tool, for programs of threads."""
    return tool_result(key)


async def alookup(key: int) -> str:
    """For asyncio: Agno would hand a `def` to a thread, which makes counts inexact."""
    return tool_result(key)


alookup.__name__ = TOOL_NAME  # Agno knows a tool by its function's name


@functools.cache
def scripted() -> Callable[[Model], Any]:
    """Agno's Model that answers a script; made once per process."""
    from agno.models.base import Model as AgnoModel
    from agno.models.response import ModelResponse

    def response(turn: Turn) -> Any:
        if turn.tool_key is None:
            return ModelResponse(role="assistant", content=turn.text)
        function = {"name": TOOL_NAME, "arguments": f'{{"key": {turn.tool_key}}}'}
        call = {"id": f"call {turn.tool_key}", "type": "function", "function": function}
        return ModelResponse(role="assistant", tool_calls=[call])

    class Scripted(AgnoModel):  # type: ignore[misc]
        """Answers with a message or a tool call; threads and asyncio each their own way."""

        def __init__(self, model: Model) -> None:
            super().__init__(id="script", name="script", provider="script")
            self.model = model

        def invoke(self, messages: list[Any], **options: Any) -> Any:
            return response(self.model.complete(*_asked(messages)))

        async def ainvoke(self, messages: list[Any], **options: Any) -> Any:
            return response(await self.model.acomplete(*_asked(messages)))

        async def ainvoke_stream(self, messages: list[Any], **options: Any) -> Any:
            async for turn in self.model.astream(*_asked(messages)):
                yield response(turn)

        # Abstract in Agno, and called only for streams in threads and for real providers.
        invoke_stream = None
        _parse_provider_response = _parse_provider_response_delta = None

    return Scripted


def _remote(model: Model) -> Any:
    """OpenAILike, which Agno has for any server of that kind, on clients that do not retry."""
    clients = {
        "client": openai_client.sync_client(model),
        "async_client": openai_client.async_client(model),
    }
    from agno.models.openai import OpenAILike

    return OpenAILike(id="script", **clients)


def _asked(messages: list[Any]) -> tuple[str, int]:
    """The one user message of a conversation, and how many tool results are in it."""
    prompts = [message.content for message in messages if message.role == "user"]
    if len(prompts) != 1 or not isinstance(prompts[0], str):
        raise WrongPrompt(f"not one text prompt: {prompts!r}")
    return prompts[0], sum(message.role == "tool" for message in messages)


class AgnoAgent(base.Agent):
    """One agno.agent.Agent; if it has a tool, a second one for asyncio, made when first run."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._plain = self._built(lookup)
        self._returns = [tool_result(key) for key in range(model.script.tool_rounds)]

    def _built(self, tool: Callable[..., Any]) -> Any:
        from agno.agent import Agent

        tools = [tool] if self._model.script.tool_rounds else []
        model = _remote(self._model) if self._model.url else scripted()(self._model)
        return Agent(model=model, tools=tools, telemetry=False)

    @functools.cached_property
    def _asyncio(self) -> Any:
        return self._built(alookup) if self._returns else self._plain

    def run(self, prompt: str) -> str:
        return self._checked(self._plain.run(prompt))

    async def arun(self, prompt: str) -> str:
        return self._checked(await self._asyncio.arun(prompt))

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        result = None
        # The last thing it yields is the whole run; all before are events.
        async for result in self._asyncio.arun(prompt, stream=True, yield_run_output=True):
            if getattr(result, "event", "") == "RunContent" and result.content:
                yield result.content
        self._checked(result)

    def _checked(self, result: Any) -> str:
        # From 3.0 on, a run whose model raises returns with this status and the error's text.
        if result.status != "COMPLETED":
            raise base.RunFailed(f"the run ended {result.status}: {result.content}")
        returns = [tool.result for tool in result.tools or ()]
        if returns != self._returns:
            raise base.RunFailed(f"the tool returned {returns}, the script asks {self._returns}")
        return str(result.content)
