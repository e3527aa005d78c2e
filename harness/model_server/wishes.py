"""What a request wants of its answer, beside what it asks: had, or refused by its name."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.model_server.schema import instance
from harness.model_server.wire import Answer, Api, Body, encoded, flag, objects
from harness.workload.script import TOOL_NAME, Turn, WrongPrompt

_USUAL: Mapping[str, object] = {"n": 1, "modalities": ["text"], "function_call": "none"}
_UNSUPPORTED = (*_USUAL, "logprobs", "top_logprobs", "audio", "functions")  # of chat, and
_UNSUPPORTED += ("background", "conversation", "prompt")  # of responses
_LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")


@dataclass(frozen=True, slots=True)
class Wishes:
    """Wishes that change an answer.

    tools: names of the tools that may be called. choice: "auto", "required" or "none".
    parallel: more than one call in a round is allowed.
    schema: JSON schema of the reply, as JSON; "" for a text.
    stop: texts before which the reply ends. most: pieces of the reply, or None for all.
    """

    tools: frozenset[str]
    choice: str
    parallel: bool
    schema: str
    stop: tuple[str, ...]
    most: int | None

    def answer(self, turn: Turn, pieces: Sequence[str], request: int) -> Answer:
        """A turn of the script as it is wanted; pieces: those of its reply.

        Raises WrongPrompt or ValueError, one line, where it cannot be had.
        """
        if turn.calls:
            self._check(len(turn.calls))
            return Answer(turn.calls, ("",))
        if self.choice == "required":
            raise WrongPrompt("a tool_choice that forces a call, where the script replies")
        if self.schema:
            text = encoded(instance(json.loads(self.schema), turn.text, request))
            size = math.ceil(len(text) / len(pieces))
            pieces = [text[i * size : (i + 1) * size] for i in range(len(pieces))]
        pieces = _until(self.stop, pieces)
        kept = tuple(pieces[: self.most])
        return Answer((), kept, cut=len(kept) < len(pieces))

    def _check(self, calls: int) -> None:
        if TOOL_NAME not in self.tools:
            raise WrongPrompt(f"the script calls the tool {TOOL_NAME}, which is not offered")
        if self.choice == "none":
            raise WrongPrompt('tool_choice: "none", where the script calls a tool')
        if calls > 1 and not self.parallel:
            raise WrongPrompt(f"parallel_tool_calls: false, where the script makes {calls} at once")


def wishes_of(api: Api, body: Body) -> Wishes:
    """The wishes of a request body. ValueError, one line, for what is not supported."""
    for name in _UNSUPPORTED:
        if (wanted := body.get(name)) and wanted != _USUAL.get(name):
            raise ValueError(f"{name}: {encoded(wanted):.60} is not supported by this server")
    tools = frozenset(str(api.tool(each)) for each in objects(body, "tools", []))
    choice, named = _choice(body.get("tool_choice"))
    return Wishes(
        tools=tools if named is None else tools & named,
        choice=choice,
        parallel=flag(body, "parallel_tool_calls", True),
        schema=_schema(body),
        stop=_stop(body.get("stop")),
        most=_most(body),
    )


def _choice(wanted: object) -> tuple[str, frozenset[str] | None]:
    """A tool_choice: whether a tool is called, and which ones may be, None for all offered."""
    match wanted:
        case None:
            return "auto", None
        case "auto" | "required" | "none" as choice:
            return choice, None
        case {"type": "function", "function": {"name": str(name)}}:
            return "required", frozenset([name])
        case {"type": "function", "name": str(name)}:
            return "required", frozenset([name])
        case {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": [*tools]}}:
            pass
        case {"type": "allowed_tools", "mode": mode, "tools": [*tools]}:
            pass
        case _:
            mode, tools = None, []
    if mode not in ("auto", "required"):
        raise ValueError(f"tool_choice: {encoded(wanted):.60} is not supported by this server")
    each = [tool.get("function", tool) if isinstance(tool, dict) else {} for tool in tools]
    return mode, frozenset(str(tool.get("name")) for tool in each if isinstance(tool, dict))


def _schema(body: Body) -> str:
    """The JSON schema of the reply that is asked for, as JSON; "" for a text."""
    match body:
        case {"response_format": wanted} | {"text": {"format": wanted}}:
            pass
        case _:
            return ""
    match wanted:
        case None | {"type": "text"}:
            return ""
        case {"type": "json_object"}:
            return '{"properties": {"reply": {}}}'
        case {"type": "json_schema", "json_schema": {"schema": schema}}:
            return encoded(schema)
        case {"type": "json_schema", "schema": schema}:
            return encoded(schema)
    raise ValueError(f"the format {encoded(wanted):.60} is not supported by this server")


def _stop(wanted: object) -> tuple[str, ...]:
    texts = [wanted] if isinstance(wanted, str) else wanted or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"stop is a text or a list of them, not {encoded(wanted):.60}")
    return tuple(filter(None, texts))


def _most(body: Body) -> int | None:
    """The lowest limit on tokens; a piece of a reply is one."""
    limits = []
    for name in _LIMITS:
        if (limit := body.get(name)) is not None:
            if not isinstance(limit, int) or limit < 1:
                raise ValueError(f"{name} is a whole number from 1, not {encoded(limit):.60}")
            limits.append(limit)
    return min(limits, default=None)


def _until(stop: Sequence[str], pieces: Sequence[str]) -> Sequence[str]:
    """Pieces up to where the first of some texts begins."""
    text = "".join(pieces)
    left = min((place for each in stop if (place := text.find(each)) >= 0), default=None)
    if left is None:
        return pieces
    kept = []
    for piece in pieces:
        kept.append(piece[:left])
        left -= len(piece)
        if left <= 0:
            break
    return kept
