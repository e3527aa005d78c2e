"""`POST /v1/responses`: how its requests are read, and its answers.

Nothing is stored: the id of a response says which request and round it answered, which is all
that `previous_response_id` needs.
"""

import itertools
import re

from harness.model_server.wire import (
    CREATED,
    PARTS,
    Answer,
    Api,
    Ask,
    Body,
    Document,
    encoded,
    objects,
)
from harness.workload.script import TOOL_NAME, prompt_of


class Responses(Api):
    """Responses."""

    name = "responses"
    result = ("type", "function_call_output")

    def messages(self, body: Body) -> list[Body]:
        given = body.get("input")
        return (
            [{"role": "user", "content": given}]
            if isinstance(given, str)
            else objects(body, "input")
        )

    def before(self, body: Body) -> tuple[str | None, int]:
        response = body.get("previous_response_id")
        if response is None:
            return None, 0
        match = re.fullmatch(r"resp_(\d+)_(\d+)", str(response))
        if match is None:
            raise ValueError(f"previous response with id {str(response)!r} not found")
        return prompt_of(int(match[1])), int(match[2])

    def tool(self, offered: Body) -> object:
        return offered.get("name")

    def whole(self, ask: Ask, answer: Answer) -> Document:
        return _response(ask, _status(answer), _items(ask, answer), _usage(ask, answer))

    def streamed(self, ask: Ask, answer: Answer) -> tuple[list[bytes], bytes]:
        numbers, items = itertools.count(), _items(ask, answer)

        def event(kind: str, **members: object) -> bytes:
            document = {"type": f"response.{kind}", "sequence_number": next(numbers)} | members
            return f"event: response.{kind}\ndata: {encoded(document)}\n\n".encode()

        def added(index: int, **empty: object) -> bytes:
            item = items[index] | {"status": "in_progress"} | empty
            return event("output_item.added", output_index=index, item=item)

        def part(index: int, kind: str, **members: object) -> bytes:
            return event(kind, item_id=items[index]["id"], output_index=index, **members)

        def done(index: int) -> bytes:
            return event("output_item.done", output_index=index, item=items[index])

        opened = _response(ask, "in_progress", [], None)
        begin = event("created", response=opened) + event("in_progress", response=opened)
        if answer.calls:
            blocks, end = [b""], b""
            for index, call in enumerate(answer.calls):
                called = {"name": TOOL_NAME, "arguments": call.arguments}
                blocks[0] += added(index, arguments="")
                blocks[0] += part(index, "function_call_arguments.delta", delta=call.arguments)
                blocks[0] += part(index, "function_call_arguments.done", **called)
                blocks[0] += done(index)
        else:
            text: Document = {"content_index": 0}
            begin += added(0, content=[]) + part(0, "content_part.added", **text, part=_text(""))
            delta = "output_text.delta"
            blocks = [part(0, delta, **text, delta=p, logprobs=[]) for p in answer.pieces]
            end = part(0, "output_text.done", **text, text=answer.text, logprobs=[])
            end += part(0, "content_part.done", **text, part=_text(answer.text)) + done(0)
        end += event(_status(answer), response=self.whole(ask, answer))
        return [begin + blocks[0], *blocks[1:]], end


def _status(answer: Answer) -> str:
    return "incomplete" if answer.cut else "completed"


def _items(ask: Ask, answer: Answer) -> list[Document]:
    """The message of an answer, or its calls of the tool."""
    if not answer.calls:
        message: Document = {
            "id": f"msg_{ask.request}_{ask.round}",
            "type": "message",
            "status": _status(answer),
            "role": "assistant",
            "content": [_text(answer.text)],
        }
        return [message]
    return [
        {
            "id": f"fc_{ask.request}_{call.key}",
            "type": "function_call",
            "status": "completed",
            "call_id": f"call_{ask.request}_{call.key}",
            "name": TOOL_NAME,
            "arguments": call.arguments,
        }
        for call in answer.calls
    ]


def _text(text: str) -> Document:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _usage(ask: Ask, answer: Answer) -> Document:
    tokens = ask.usage_of(answer.output, "input_tokens", "output_tokens")
    return PARTS["responses usage"] | tokens


def _response(ask: Ask, status: str, output: list[Document], usage: Document | None) -> Document:
    own = {"id": f"resp_{ask.request}_{ask.round}", "created_at": CREATED, "model": ask.model}
    why = {"reason": "max_output_tokens"} if status == "incomplete" else None
    own |= {"status": status, "incomplete_details": why, "output": output, "usage": usage}
    return PARTS["response"] | own
