"""`POST /v1/responses`: how its requests are read, and its answers.

Nothing is stored: the id of a response says which request and round it answered, which is all
that `previous_response_id` needs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.model_server.wire import CREATED, Answer, Api, Body, Template, objects
from harness.workload.script import TOOL_NAME, prompt_of

_TEXT = {"type": "output_text", "text": "<<text>>", "annotations": [], "logprobs": []}
_MESSAGE: dict[str, object] = {
    "id": "msg_<<request>>_<<round>>",
    "type": "message",
    "status": "completed",
    "role": "assistant",
    "content": [_TEXT],
}
_CALL: dict[str, object] = {
    "id": "fc_<<request>>_<<round>>",
    "type": "function_call",
    "status": "completed",
    "call_id": "call_<<request>>_<<key>>",
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
        "id": "resp_<<request>>_<<round>>",
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


def _part(kind: str, of: Mapping[str, object], **members: object) -> Template:
    return _event(kind, item_id=of["id"], output_index=0, **members)


def _item(state: str, item: Mapping[str, object]) -> Template:
    return _event(f"response.output_item.{state}", output_index=0, item=item)


def _answer(
    item: dict[str, object],
    empty: dict[str, object],
    begins: list[Template],
    piece: Template,
    ends: list[Template],
) -> Answer:
    """An answer of one item. begins, ends: events after it was added and before it is done."""
    whole = _response("completed", [item], _USAGE)
    opened = _response("in_progress", [], None)
    first = [_event(f"response.{name}", response=opened) for name in ("created", "in_progress")]
    added = _item("added", item | {"status": "in_progress"} | empty)
    last = [_item("done", item), _event("response.completed", response=whole)]
    return Answer(Template(whole), [*first, added, *begins], piece, [*ends, *last])


def _items(body: Body) -> list[Body]:
    given = body.get("input")
    return objects(
        [{"role": "user", "content": given}] if isinstance(given, str) else given, "input"
    )


def _earlier(body: Body) -> tuple[str | None, int]:
    """The prompt and the round that an earlier response answered."""
    response = body.get("previous_response_id")
    if response is None:
        return None, 0
    match = re.fullmatch(r"resp_(\d+)_(\d+)", str(response))
    if match is None:
        raise ValueError(f"previous response with id {str(response)!r} not found")
    return prompt_of(int(match[1])), int(match[2])


_IN_TEXT = {"content_index": 0}
_ARGUMENTS = {"arguments": "<<arguments>>"}

API = Api(
    "responses",
    messages=_items,
    before=_earlier,
    result=("type", "function_call_output"),
    tool=lambda tool: tool.get("name"),
    reply=_answer(
        _MESSAGE,
        {"content": []},
        [_part("response.content_part.added", _MESSAGE, **_IN_TEXT, part=_TEXT | {"text": ""})],
        _part("response.output_text.delta", _MESSAGE, **_IN_TEXT, delta="<<piece>>", logprobs=[]),
        [
            _part("response.output_text.done", _MESSAGE, **_IN_TEXT, text="<<text>>", logprobs=[]),
            _part("response.content_part.done", _MESSAGE, **_IN_TEXT, part=_TEXT),
        ],
    ),
    call=_answer(
        _CALL,
        {"arguments": ""},
        [],
        _part("response.function_call_arguments.delta", _CALL, delta="<<arguments>>"),
        [_part("response.function_call_arguments.done", _CALL, name=TOOL_NAME, **_ARGUMENTS)],
    ),
)
