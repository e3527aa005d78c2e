"""What the two APIs share: a request understood, and answers that are serialised once.

Only what differs from answer to answer is filled in. `chat` and `responses` say how their requests
are read and what their answers look like.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.workload.script import Turn, WrongPrompt, request_of

CREATED = int(time.time())
"""The moment, in seconds since 1970, that all answers of this server bear."""

REPORTED_MODEL = "scripted"

Body = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Ask:
    """A request body, understood.

    prompt, request: the last thing the user said, and the request number in it.
    round: results of tools that came after it.
    tools: names of the tools offered.
    usage: usage is wanted at the end of a stream.
    """

    prompt: str
    request: int
    round: int
    model: str
    stream: bool
    tools: frozenset[str]
    usage: bool


class Template:
    """A JSON document with holes: `<<name>>` in its strings.

    A string that is nothing else becomes the value itself, which is JSON already; within a string
    the value, a number, is inserted. prefix, suffix: text around the document, such as the `data: `
    of a server-sent event.
    """

    def __init__(self, document: object, prefix: str = "", suffix: str = "") -> None:
        text = json.dumps(document, separators=(",", ":")).replace("%", "%%")
        self._text = prefix + re.sub(r'"<<(\w+)>>"|<<(\w+)>>', r"%(\1\2)s", text) + suffix

    def fill(self, holes: Mapping[str, object]) -> str:
        """The text with these values."""
        return self._text % holes


@dataclass(frozen=True)
class Answer:
    """How one kind of answer looks: as a whole, and as the events of a stream.

    begins: before the first piece; piece: each of them; ends: after the last.
    """

    whole: Template
    begins: Sequence[Template]
    piece: Template
    ends: Sequence[Template]


@dataclass(frozen=True)
class Api:
    """One API. Holes of its templates are those of `_holes`, and `piece` and `number` of events.

    messages: the conversation in a request body; before: prompt and round of what came before it,
        where the server knows it. Both raise ValueError, one line, for what they cannot read.
    result: key and value that mark the result of a tool; tool: the name of a tool offered.
    reply, call: the answer that is a text, and the one that calls the tool.
    wants_usage: whether usage, those events, is wanted at the end of a stream.
    done: text after all events.
    """

    name: str
    messages: Callable[[Body], list[Body]]
    result: tuple[str, str]
    tool: Callable[[Body], object]
    reply: Answer
    call: Answer
    before: Callable[[Body], tuple[str | None, int]] = lambda body: (None, 0)
    wants_usage: Callable[[Body], bool] = lambda body: False
    usage: Sequence[Template] = ()
    done: str = ""

    def ask(self, body: object) -> Ask:
        """What a request body asks. ValueError or WrongPrompt if it is nothing of the script."""
        if not isinstance(body, dict):
            raise ValueError("the request body must be an object")
        if not isinstance(body.get("model"), str):
            raise ValueError("you must provide a model parameter")
        prompt, round = self.before(body)
        for message in self.messages(body):
            if message.get("role") == "user":
                prompt, round = text_of(message.get("content")), 0
            elif message.get(self.result[0]) == self.result[1]:
                round += 1
        if prompt is None:
            raise WrongPrompt("the conversation has no message of a user")
        offered = objects(body.get("tools") or [], "tools")
        return Ask(
            prompt=prompt,
            request=request_of(prompt),
            round=round,
            model=body["model"],
            stream=bool(body.get("stream")),
            tools=frozenset(str(self.tool(tool)) for tool in offered),
            usage=self.wants_usage(body),
        )

    def whole(self, ask: Ask, turn: Turn, tokens: int) -> bytes:
        """The body of an answer that is not streamed."""
        return self._answer(turn).whole.fill(_holes(ask, turn, tokens)).encode()

    def streamed(self, ask: Ask, turn: Turn, pieces: Sequence[str]) -> tuple[list[bytes], bytes]:
        """The events of each piece, the first with what goes before it, and those at the end."""
        answer, holes = self._answer(turn), _holes(ask, turn, len(pieces))
        count = itertools.count()

        def events(templates: Iterable[Template], piece: str = "") -> bytes:
            more = {"piece": _quoted(piece)}
            filled = (t.fill(holes | more | {"number": next(count)}) for t in templates)
            return "".join(filled).encode()

        blocks = [events((*answer.begins, answer.piece), pieces[0])]
        blocks += [events((answer.piece,), piece) for piece in pieces[1:]]
        last = (*answer.ends, *(self.usage if ask.usage else ()))
        return blocks, events(last) + self.done.encode()

    def _answer(self, turn: Turn) -> Answer:
        return self.reply if turn.tool_key is None else self.call


_quoted = json.JSONEncoder().encode


def _holes(ask: Ask, turn: Turn, output: int) -> dict[str, object]:
    # For want of a tokenizer: words of the prompt, one for each tool result; pieces of the reply.
    given = len(ask.prompt.split()) + ask.round
    return {
        "request": ask.request,
        "round": ask.round,
        "model": _quoted(ask.model),
        "input": given,
        "output": output,
        "total": given + output,
        "text": _quoted(turn.text),
        "key": turn.tool_key,
        "arguments": _quoted(turn.arguments),
    }


def text_of(content: object) -> str:
    """The text of a message: a string, or parts of which some are text. Raises WrongPrompt."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(part for part in parts if isinstance(part, str))
    raise WrongPrompt(f"not a text prompt: {content!r}")


def objects(value: object, what: str) -> list[Body]:
    """`value` if it is a list of objects; ValueError otherwise."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError(f"{what} must be a list of objects")
    return value


def error(message: str, kind: str, code: str | None = None) -> bytes:
    """The body of an error, as OpenAI sends it."""
    document = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return json.dumps(document).encode()
