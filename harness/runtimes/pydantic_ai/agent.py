"""Pydantic AI's agents: Agent on FunctionModel, or on OpenAIChatModel over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import openai_client
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, WrongPrompt, tool_result


def lookup(key: int) -> str:
    """The one tool: plain user code, which the framework runs as it runs any `def`."""
    return tool_result(key)


def _parts(messages: list[Any], kind: type) -> list[Any]:
    return [part for message in messages for part in message.parts if isinstance(part, kind)]


def _scripted(model: Model) -> Any:
    """The FunctionModel that answers the script, whole or in pieces."""
    from pydantic_ai.messages import (
        ModelResponse,
        TextPart,
        ToolCallPart,
        ToolReturnPart,
        UserPromptPart,
    )
    from pydantic_ai.models.function import DeltaToolCall, FunctionModel

    def asked(messages: list[Any]) -> tuple[str, int]:
        prompt = _parts(messages[:1], UserPromptPart)[0].content
        if not isinstance(prompt, str):
            raise WrongPrompt(f"not a text prompt: {prompt!r}")
        return prompt, len(_parts(messages, ToolReturnPart))

    async def answer(messages: list[Any], info: object) -> Any:
        turn = await model.acomplete(*asked(messages))
        if turn.tool_key is None:
            return ModelResponse(parts=[TextPart(turn.text)])
        return ModelResponse(parts=[ToolCallPart(TOOL_NAME, {"key": turn.tool_key})])

    async def stream(messages: list[Any], info: object) -> AsyncGenerator[Any, None]:
        async for turn in model.astream(*asked(messages)):
            if turn.tool_key is None:
                yield turn.text
            else:
                call = f"call {turn.tool_key}"
                arguments = f'{{"key": {turn.tool_key}}}'
                yield {0: DeltaToolCall(TOOL_NAME, arguments, tool_call_id=call)}

    return FunctionModel(answer, stream_function=stream)


def _remote(model: Model) -> Any:
    """OpenAIChatModel on a client that does not retry."""
    client = openai_client.async_client(model)
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    return OpenAIChatModel("script", provider=OpenAIProvider(openai_client=client))


class PydanticAIAgent(base.Agent):
    """One pydantic_ai.Agent whose model answers the script."""

    def __init__(self, model: Model, name: str = "agent") -> None:
        from pydantic_ai import Agent, Tool
        from pydantic_ai.messages import ToolReturnPart

        rounds = model.script.tool_rounds
        # A name, because without one the framework searches the caller's frame for it on every run.
        self._agent = Agent(
            _remote(model) if model.url else _scripted(model),
            name=name,
            tools=[Tool(lookup, name=TOOL_NAME)] if rounds else [],
        )
        self._returns = [tool_result(key) for key in range(rounds)]
        self._tool_return = ToolReturnPart

    def run(self, prompt: str) -> str:
        """Agent.run_sync: on the thread's own event loop, made by the framework if there is none.

        It leaves a loop that it made open until the thread ends.
        """
        return self._checked(self._agent.run_sync(prompt))

    async def arun(self, prompt: str) -> str:
        return self._checked(await self._agent.run(prompt))

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        """Agent.run_stream, with every piece handed on as it comes.

        By default pieces would be held back for up to 0.1 s and joined (`debounce_by`).
        """
        async with self._agent.run_stream(prompt) as result:
            async for text in result.stream_text(delta=True, debounce_by=None):
                if text:
                    yield text
            self._check_tools(result)

    def _checked(self, result: Any) -> str:
        self._check_tools(result)
        if not isinstance(result.output, str):
            raise base.RunFailed(f"the run ended with {result.output!r}, not with a text")
        return result.output

    def _check_tools(self, result: Any) -> None:
        returns = [p.content for p in _parts(result.all_messages(), self._tool_return)]
        if returns != self._returns:
            raise base.RunFailed(f"the tool returned {returns}, the script asks {self._returns}")
