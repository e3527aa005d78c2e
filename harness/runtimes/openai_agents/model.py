"""The SDK's models: one that answers a script, and its own for a server of chat completions."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable
from typing import Any

from harness.runtimes.kit import openai_client
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, Turn, WrongPrompt


@functools.cache
def scripted() -> Callable[[Model], Any]:
    """The SDK's Model that answers a script; made once, with tracing switched off."""
    import agents
    from openai.types.responses import (
        Response,
        ResponseCompletedEvent,
        ResponseFunctionToolCall,
        ResponseOutputMessage,
        ResponseOutputText,
        ResponseTextDeltaEvent,
    )

    agents.set_tracing_disabled(True)

    def item_of(turn: Turn) -> Any:
        if turn.tool_key is None:
            text = ResponseOutputText(annotations=[], text=turn.text, type="output_text")
            return ResponseOutputMessage(
                id="message",
                content=[text],
                role="assistant",
                status="completed",
                type="message",
            )
        return ResponseFunctionToolCall(
            arguments=f'{{"key": {turn.tool_key}}}',
            call_id=f"call {turn.tool_key}",
            name=TOOL_NAME,
            type="function_call",
        )

    def delta_of(text: str, number: int) -> Any:
        return ResponseTextDeltaEvent(
            content_index=0,
            delta=text,
            item_id="message",
            logprobs=[],
            output_index=0,
            sequence_number=number,
            type="response.output_text.delta",
        )

    def completed_with(turn: Turn, number: int) -> Any:
        response = Response(
            id="response",
            created_at=0,
            model="script",
            object="response",
            output=[item_of(turn)],
            parallel_tool_calls=False,
            tool_choice="auto",
            tools=[],
        )
        return ResponseCompletedEvent(
            response=response, sequence_number=number, type="response.completed"
        )

    class Scripted(agents.Model):  # type: ignore[misc]
        """Answers with a message or a tool call, as an OpenAI model would."""

        def __init__(self, model: Model) -> None:
            self.model = model

        async def get_response(
            self, system_instructions: Any, input: Any, *args: Any, **options: Any
        ) -> Any:
            item = item_of(await self.model.acomplete(*_asked(input)))
            return agents.ModelResponse(output=[item], usage=agents.Usage(), response_id=None)

        async def stream_response(
            self, system_instructions: Any, input: Any, *args: Any, **options: Any
        ) -> AsyncGenerator[Any, None]:
            texts: list[str] = []
            async for turn in self.model.astream(*_asked(input)):
                if turn.tool_key is None:
                    texts.append(turn.text)
                    yield delta_of(turn.text, len(texts))
            whole = Turn(0.0, "".join(texts), turn.tool_key)
            yield completed_with(whole, len(texts) + 1)

    return Scripted


def remote(model: Model) -> Any:
    """The SDK's model for any server of chat completions, on a client that does not retry."""
    scripted()  # switches tracing off
    import agents

    client = openai_client.async_client(model)
    return agents.OpenAIChatCompletionsModel(model="script", openai_client=client)


def _asked(items: Any) -> tuple[str, int]:
    """The prompt a conversation began with, and how many tool results are in it."""
    if isinstance(items, str):
        return items, 0
    prompt = items[0].get("content")
    if not isinstance(prompt, str):
        raise WrongPrompt(f"not a text prompt: {prompt!r}")
    return prompt, sum(item.get("type") == "function_call_output" for item in items)
