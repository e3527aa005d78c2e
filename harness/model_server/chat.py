"""`POST /v1/chat/completions`: how its requests are read, and its answers."""

from __future__ import annotations

from harness.model_server.wire import CREATED, Answer, Api, Body, Template, objects
from harness.workload.script import TOOL_NAME

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
_ROLE: dict[str, object] = {"role": "assistant", "content": None, "refusal": None}
_CALL: dict[str, object] = {"id": "call_<<request>>_<<key>>", "type": "function"}


def _document(kind: str, choices: list[object], usage: object) -> dict[str, object]:
    return {
        "id": "chatcmpl-<<request>>-<<round>>",
        "object": kind,
        "created": CREATED,
        "model": "<<model>>",
        "choices": choices,
        "usage": usage,
        "service_tier": "default",
        "system_fingerprint": "fp_script",
    }


def _choice(finish: str | None, **message: object) -> dict[str, object]:
    return {"index": 0, **message, "logprobs": None, "finish_reason": finish}


def _whole(finish: str, **message: object) -> Template:
    choice = _choice(finish, message={**_ROLE, "annotations": [], **message})
    return Template(_document("chat.completion", [choice], _USAGE))


def _event(choices: list[object], usage: object = None) -> Template:
    return Template(_document("chat.completion.chunk", choices, usage), "data: ", "\n\n")


def _chunk(finish: str | None = None, **delta: object) -> Template:
    return _event([_choice(finish, delta=delta)])


def _function(arguments: str) -> dict[str, object]:
    return {"function": {"name": TOOL_NAME, "arguments": arguments}}


def _name(tool: Body) -> object:
    function = tool.get("function")
    return function.get("name") if isinstance(function, dict) else None


def _wants_usage(body: Body) -> bool:
    options = body.get("stream_options")
    return isinstance(options, dict) and bool(options.get("include_usage"))


API = Api(
    "chat",
    messages=lambda body: objects(body.get("messages"), "messages"),
    result=("role", "tool"),
    tool=_name,
    reply=Answer(
        _whole("stop", content="<<text>>"),
        [_chunk(None, **_ROLE | {"content": ""})],
        _chunk(content="<<piece>>"),
        [_chunk("stop")],
    ),
    call=Answer(
        _whole("tool_calls", tool_calls=[_CALL | _function("<<arguments>>")]),
        [_chunk(role="assistant", content=None, tool_calls=[{"index": 0} | _CALL | _function("")])],
        _chunk(tool_calls=[{"index": 0, "function": {"arguments": "<<arguments>>"}}]),
        [_chunk("tool_calls")],
    ),
    wants_usage=_wants_usage,
    usage=[_event([], _USAGE)],
    done="data: [DONE]\n\n",
)
