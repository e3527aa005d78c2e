"""What frameworks use of the `openai` package.

Its clients, set up for a server beside us; and turns of the script as it has them from its APIs.
"""

from __future__ import annotations

import functools
from typing import Any

from harness.runtimes.kit.chat import needing
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, Turn


@needing("the openai package is not installed here")
def options(kind: str, model: Model) -> dict[str, Any]:
    """What a client of the `kind` "" or "Async" is made with.

    No retries, because a failed request is a failure; no proxies of the environment; an API key,
    so that none is looked for.
    """
    import openai

    http = getattr(openai, f"Default{kind}HttpxClient")(trust_env=False)
    return {"base_url": model.url, "api_key": "none", "max_retries": 0, "http_client": http}


def _client(kind: str, model: Model) -> Any:
    given = options(kind, model)
    import openai

    return getattr(openai, f"{kind}OpenAI")(**given)


# An openai.OpenAI and an openai.AsyncOpenAI for the server of a model.
sync_client = functools.partial(_client, "")
async_client = functools.partial(_client, "Async")


def calls_of(turn: Turn) -> list[dict[str, Any]]:
    """The calls of the tool as messages of chat completions have them."""
    return [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": TOOL_NAME, "arguments": call.arguments},
        }
        for call in turn.calls
    ]


@functools.cache
def _types() -> Any:
    from openai.types import responses

    return responses


def items_of(turn: Turn) -> list[Any]:
    """The message, or the calls of the tool."""
    types = _types()
    if not turn.calls:
        text = types.ResponseOutputText(annotations=[], text=turn.text, type="output_text")
        message = types.ResponseOutputMessage(
            id="message", content=[text], role="assistant", status="completed", type="message"
        )
        return [message]
    return [
        types.ResponseFunctionToolCall(
            arguments=call.arguments, call_id=call.id, name=TOOL_NAME, type="function_call"
        )
        for call in turn.calls
    ]


def delta_of(text: str, number: int) -> Any:
    """The event of a stream that brings a piece of a message; `number` counts the events."""
    return _types().ResponseTextDeltaEvent(
        content_index=0,
        delta=text,
        item_id="message",
        logprobs=[],
        output_index=0,
        sequence_number=number,
        type="response.output_text.delta",
    )


def completed_with(turn: Turn, number: int) -> Any:
    """The event that ends a stream and brings the whole turn."""
    response = _types().Response(
        id="response",
        created_at=0,
        model="script",
        object="response",
        output=items_of(turn),
        parallel_tool_calls=False,
        tool_choice="auto",
        tools=[],
    )
    return _types().ResponseCompletedEvent(
        response=response, sequence_number=number, type="response.completed"
    )
