"""`POST /v1/responses`: what is asked, and the bytes of the answer.

Nothing is stored: the id of a response says which request and round it answered, which is all
that `previous_response_id` needs.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from harness.model_server.shapes import (
    CREATED,
    Ask,
    Template,
    asked,
    number_in,
    objects,
    quoted,
    text_of,
    words,
)
from harness.workload.script import TOOL_NAME, Turn, prompt_of

NAME = "responses"

_TEXT = {"type": "output_text", "text": "<<text>>", "annotations": [], "logprobs": []}
_MESSAGE: dict[str, object] = {
    "id": "<<item>>",
    "type": "message",
    "status": "completed",
    "role": "assistant",
    "content": [_TEXT],
}
_CALL: dict[str, object] = {
    "id": "<<item>>",
    "type": "function_call",
    "status": "completed",
    "call_id": "<<call>>",
    "name": TOOL_NAME,
    "arguments": "<<arguments>>",
}
_USAGE = {
    "input_tokens": "<<input>>",
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": "<<output>>",
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": "<<total>>",
}


def _response(status: str, output: list[object], usage: object) -> dict[str, object]:
    return {
        "id": "<<id>>",
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "model": "<<model>>",
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "prompt_cache_key": None,
        "reasoning": {"effort": None, "summary": None},
        "safety_identifier": None,
        "service_tier": "default",
        "store": False,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": usage,
        "user": None,
        "metadata": {},
    }


def _event(kind: str, **members: object) -> Template:
    document = {"type": kind, "sequence_number": "<<number>>"} | members
    return Template(document, f"event: {kind}\ndata: ", "\n\n")


def _part(kind: str, **members: object) -> Template:
    return _event(kind, item_id="<<item>>", output_index=0, **members)


def _item(kind: str, item: Mapping[str, object]) -> Template:
    return _event(kind, output_index=0, item=item)


_OPEN = _response("in_progress", [], None)
_REPLY = Template(_response("completed", [_MESSAGE], _USAGE))
_TOOL = Template(_response("completed", [_CALL], _USAGE))
_BEGIN = [
    _event("response.created", response=_OPEN),
    _event("response.in_progress", response=_OPEN),
]
_REPLY_BEGINS = [
    *_BEGIN,
    _item("response.output_item.added", _MESSAGE | {"status": "in_progress", "content": []}),
    _part("response.content_part.added", content_index=0, part=_TEXT | {"text": ""}),
]
_DELTA = _part("response.output_text.delta", content_index=0, delta="<<piece>>", logprobs=[])
_REPLY_ENDS = [
    _part("response.output_text.done", content_index=0, text="<<text>>", logprobs=[]),
    _part("response.content_part.done", content_index=0, part=_TEXT),
    _item("response.output_item.done", _MESSAGE),
    _event("response.completed", response=_response("completed", [_MESSAGE], _USAGE)),
]
_TOOL_BEGINS = [
    *_BEGIN,
    _item("response.output_item.added", _CALL | {"status": "in_progress", "arguments": ""}),
    _part("response.function_call_arguments.delta", delta="<<arguments>>"),
]
_TOOL_ENDS = [
    _part("response.function_call_arguments.done", name=TOOL_NAME, arguments="<<arguments>>"),
    _item("response.output_item.done", _CALL),
    _event("response.completed", response=_response("completed", [_CALL], _USAGE)),
]


def read(body: object) -> Ask:
    """What a request body asks. ValueError or WrongPrompt, one line, if nothing of the script."""
    found = asked(body)
    given = found.get("input")
    prompt, round = _earlier(found.get("previous_response_id"))
    if isinstance(given, str):
        prompt, round = given, 0
    else:
        for item in objects(given, "input"):
            if item.get("role") == "user":
                prompt, round = text_of(item.get("content")), 0
            elif item.get("type") == "function_call_output":
                round += 1
    return Ask(
        prompt=prompt or "",
        request=number_in(prompt),
        round=round,
        model=str(found["model"]),
        stream=bool(found.get("stream")),
        tools=frozenset(str(t.get("name")) for t in objects(found.get("tools") or [], "tools")),
    )


def _earlier(response: object) -> tuple[str | None, int]:
    """The prompt and the round that an earlier response answered."""
    if response is None:
        return None, 0
    match = re.fullmatch(r"resp_(\d+)_(\d+)", str(response))
    if match is None:
        raise ValueError(f"previous response with id {str(response)!r} not found")
    return prompt_of(int(match[1])), int(match[2])


def _holes(ask: Ask, turn: Turn, output: int) -> dict[str, object]:
    given, name = words(ask), f"{ask.request}_{ask.round}"
    holes: dict[str, object] = {
        "id": f'"resp_{name}"',
        "model": quoted(ask.model),
        "input": given,
        "output": output,
        "total": given + output,
    }
    if turn.tool_key is None:
        return holes | {"item": f'"msg_{name}"', "text": quoted(turn.text)}
    return holes | {
        "item": f'"fc_{name}"',
        "call": f'"call_{ask.request}_{turn.tool_key}"',
        "arguments": quoted(turn.arguments),
    }


def plain(ask: Ask, turn: Turn, tokens: int) -> bytes:
    """The body of the whole answer."""
    template = _REPLY if turn.tool_key is None else _TOOL
    return template.fill(_holes(ask, turn, tokens)).encode()


def streamed(ask: Ask, turn: Turn, pieces: Sequence[str]) -> tuple[list[bytes], bytes]:
    """The events of each piece, the first with what goes before it, and those after the last."""
    holes = _holes(ask, turn, len(pieces))
    count = itertools.count()

    def events(templates: Sequence[Template], **more: str) -> bytes:
        filled = (t.fill(holes | more | {"number": next(count)}) for t in templates)
        return "".join(filled).encode()

    if turn.tool_key is not None:
        return [events(_TOOL_BEGINS)], events(_TOOL_ENDS)
    blocks = [events(_REPLY_BEGINS) + events([_DELTA], piece=quoted(pieces[0]))]
    blocks += [events([_DELTA], piece=quoted(piece)) for piece in pieces[1:]]
    return blocks, events(_REPLY_ENDS)
