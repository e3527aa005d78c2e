"""`POST /v1/chat/completions`: how its requests are read, and its answers."""

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
from harness.workload.script import TOOL_NAME, ToolCall

_ROLE: Document = {"role": "assistant", "content": None, "refusal": None}


class Chat(Api):
    """Chat completions."""

    name = "chat"
    result = ("role", "tool")

    def messages(self, body: Body) -> list[Body]:
        return objects(body, "messages")

    def tool(self, offered: Body) -> object:
        function = offered.get("function")
        return function.get("name") if isinstance(function, dict) else None

    def wants_usage(self, body: Body) -> bool:
        options = body.get("stream_options")
        return isinstance(options, dict) and bool(options.get("include_usage"))

    def whole(self, ask: Ask, answer: Answer) -> Document:
        message = _ROLE | {"annotations": []}
        if answer.calls:
            calls = [_call(ask, call, call.arguments) for call in answer.calls]
            message |= {"tool_calls": calls}
        else:
            message |= {"content": answer.text}
        choice = _choice(_finish(answer), message=message)
        return _document(ask, "chat.completion", [choice], _usage(ask, answer))

    def streamed(self, ask: Ask, answer: Answer) -> tuple[list[bytes], bytes]:
        def event(choices: list[Document], usage: Document | None = None) -> bytes:
            document = _document(ask, "chat.completion.chunk", choices, usage)
            return f"data: {encoded(document)}\n\n".encode()

        def chunk(finish: str | None = None, **delta: object) -> bytes:
            return event([_choice(finish, delta=delta)])

        begin, end = b"", chunk(_finish(answer))
        if answer.calls:
            block = b""
            for index, call in enumerate(answer.calls):
                place: Document = {"index": index}
                role = {} if index else {"role": "assistant", "content": None}
                arguments = place | {"function": {"arguments": call.arguments}}
                block += chunk(**role, tool_calls=[place | _call(ask, call, "")])
                block += chunk(tool_calls=[arguments])
            blocks = [block]
        else:
            begin = chunk(None, **_ROLE | {"content": ""})
            blocks = [chunk(content=piece) for piece in answer.pieces]
        if ask.usage:
            end += event([], _usage(ask, answer))
        return [begin + blocks[0], *blocks[1:]], end + b"data: [DONE]\n\n"


def _document(ask: Ask, kind: str, choices: list[Document], usage: Document | None) -> Document:
    return {
        "id": f"chatcmpl-{ask.request}-{ask.round}",
        "object": kind,
        "created": CREATED,
        "model": ask.model,
        "choices": choices,
        "usage": usage,
        "service_tier": "default",
        "system_fingerprint": "fp_script",
    }


def _finish(answer: Answer) -> str:
    return "tool_calls" if answer.calls else "length" if answer.cut else "stop"


def _choice(finish: str | None, **message: object) -> Document:
    return {"index": 0, **message, "logprobs": None, "finish_reason": finish}


def _call(ask: Ask, call: ToolCall, arguments: str) -> Document:
    function = {"name": TOOL_NAME, "arguments": arguments}
    return {"id": f"call_{ask.request}_{call.key}", "type": "function", "function": function}


def _usage(ask: Ask, answer: Answer) -> Document:
    tokens = ask.usage_of(answer.output, "prompt_tokens", "completion_tokens")
    return PARTS["chat usage"] | tokens
