"""`POST /v1/chat/completions`: what is asked, and the bytes of the answer."""

from __future__ import annotations

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
from harness.workload.script import TOOL_NAME, Turn

NAME = "chat"

_USAGE = {
    "prompt_tokens": "<<input>>",
    "completion_tokens": "<<output>>",
    "total_tokens": "<<total>>",
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 0,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}
_CALL = {
    "id": "<<call>>",
    "type": "function",
    "function": {"name": TOOL_NAME, "arguments": "<<arguments>>"},
}


def _plain(message: Mapping[str, object], finish: str) -> Template:
    common: dict[str, object] = {
        "role": "assistant",
        "content": None,
        "refusal": None,
        "annotations": [],
    }
    whole = {**common, **message}
    choice = {"index": 0, "message": whole, "logprobs": None, "finish_reason": finish}
    return _document("chat.completion", [choice], _USAGE)


def _chunk(delta: Mapping[str, object], finish: str | None = None) -> Template:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _document("chat.completion.chunk", [choice], None, "data: ", "\n\n")


def _document(
    kind: str, choices: list[object], usage: object, prefix: str = "", suffix: str = ""
) -> Template:
    document = {
        "id": "<<id>>",
        "object": kind,
        "created": CREATED,
        "model": "<<model>>",
        "choices": choices,
        "usage": usage,
        "service_tier": "default",
        "system_fingerprint": "fp_script",
    }
    return Template(document, prefix, suffix)


_REPLY = _plain({"content": "<<text>>"}, "stop")
_TOOL = _plain({"tool_calls": [_CALL]}, "tool_calls")
_ROLE = _chunk({"role": "assistant", "content": "", "refusal": None})
_TEXT = _chunk({"content": "<<text>>"})
_STOP = _chunk({}, "stop")
_TOOL_BEGINS = _chunk(
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"index": 0} | _CALL | {"function": {"name": TOOL_NAME, "arguments": ""}},
        ],
    }
)
_TOOL_GOES_ON = _chunk({"tool_calls": [{"index": 0, "function": {"arguments": "<<arguments>>"}}]})
_TOOL_STOP = _chunk({}, "tool_calls")
_TOTAL = _document("chat.completion.chunk", [], _USAGE, "data: ", "\n\n")
_DONE = "data: [DONE]\n\n"


def read(body: object) -> Ask:
    """What a request body asks. ValueError or WrongPrompt, one line, if nothing of the script."""
    found = asked(body)
    prompt, round = None, 0
    for message in objects(found.get("messages"), "messages"):
        if message.get("role") == "user":
            prompt, round = text_of(message.get("content")), 0
        elif message.get("role") == "tool":
            round += 1
    functions = [tool.get("function") for tool in objects(found.get("tools") or [], "tools")]
    options = found.get("stream_options")
    return Ask(
        prompt=prompt or "",
        request=number_in(prompt),
        round=round,
        model=str(found["model"]),
        stream=bool(found.get("stream")),
        tools=frozenset(str(f.get("name")) for f in functions if isinstance(f, dict)),
        usage=isinstance(options, dict) and bool(options.get("include_usage")),
    )


def _holes(ask: Ask, output: int) -> dict[str, object]:
    given = words(ask)
    return {
        "id": f'"chatcmpl-{ask.request}-{ask.round}"',
        "model": quoted(ask.model),
        "input": given,
        "output": output,
        "total": given + output,
    }


def _call(turn: Turn, ask: Ask) -> dict[str, object]:
    call = f'"call_{ask.request}_{turn.tool_key}"'
    return {"call": call, "arguments": quoted(turn.arguments)}


def plain(ask: Ask, turn: Turn, tokens: int) -> bytes:
    """The body of the whole answer."""
    holes = _holes(ask, tokens)
    if turn.tool_key is None:
        return _REPLY.fill(holes | {"text": quoted(turn.text)}).encode()
    return _TOOL.fill(holes | _call(turn, ask)).encode()


def streamed(ask: Ask, turn: Turn, pieces: Sequence[str]) -> tuple[list[bytes], bytes]:
    """The events of each piece, the first with what goes before it, and those after the last."""
    holes = _holes(ask, len(pieces))
    if turn.tool_key is None:
        texts = [_TEXT.fill(holes | {"text": quoted(piece)}) for piece in pieces]
        texts[0] = _ROLE.fill(holes) + texts[0]
        end = _STOP.fill(holes)
    else:
        holes |= _call(turn, ask)
        texts = [_TOOL_BEGINS.fill(holes) + _TOOL_GOES_ON.fill(holes)]
        end = _TOOL_STOP.fill(holes)
    if ask.usage:
        end += _TOTAL.fill(holes)
    return [text.encode() for text in texts], (end + _DONE).encode()
