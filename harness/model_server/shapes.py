"""Bodies that are serialised once: only what differs from answer to answer is filled in."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from harness.workload.script import WrongPrompt, request_of

CREATED = int(time.time())
"""The moment, in seconds since 1970, that all answers of this server bear."""

REPORTED_MODEL = "scripted"


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
    usage: bool = True


class Template:
    """A JSON document with holes: each string `<<name>>` in it is to be filled in.

    prefix: text before the document, such as the `data: ` of a server-sent event.
    """

    def __init__(self, document: object, prefix: str = "", suffix: str = "") -> None:
        text = json.dumps(document, separators=(",", ":")).replace("%", "%%")
        self._text = prefix + re.sub(r'"<<(\w+)>>"', r"%(\1)s", text) + suffix

    def fill(self, holes: Mapping[str, object]) -> str:
        """The text, with values that are JSON already: a number, or the result of `quoted`."""
        return self._text % holes


quoted = json.JSONEncoder().encode


def words(ask: Ask) -> int:
    """Input tokens, for want of a tokenizer: words of the prompt, one for each tool result."""
    return len(ask.prompt.split()) + ask.round


def text_of(content: object) -> str:
    """The text of a message: a string, or parts of which some are text. Raises WrongPrompt."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(part for part in parts if isinstance(part, str))
    raise WrongPrompt(f"not a text prompt: {content!r}")


def objects(value: object, what: str) -> list[dict[str, object]]:
    """`value` if it is a list of objects; ValueError otherwise."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError(f"{what} must be a list of objects")
    return value


def asked(body: object) -> dict[str, object]:
    """`body` if it can be a request; ValueError otherwise."""
    if not isinstance(body, dict):
        raise ValueError("the request body must be an object")
    if not isinstance(body.get("model"), str):
        raise ValueError("you must provide a model parameter")
    return body


def number_in(prompt: str | None) -> int:
    """The request number of a conversation's prompt; WrongPrompt if it has none."""
    if prompt is None:
        raise WrongPrompt("the conversation has no message of a user")
    return request_of(prompt)


def error(message: str, kind: str, code: str | None = None) -> bytes:
    """The body of an error, as OpenAI sends it."""
    document = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return json.dumps(document).encode()
