"""What the two APIs share: a request understood, and how answers are written.

`chat` and `responses` say how their requests are read and what their answers look like.
"""

import contextlib
import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.workload.script import ToolCall, WrongPrompt, prompt_of, request_of

Document = dict[str, object]

CREATED = int(time.time())
"""The moment, in seconds since 1970, that all answers of this server bear."""

PARTS: dict[str, Document] = json.loads(Path(__file__).with_name("answers.json").read_text("utf-8"))
"""All members of a part of an answer, in their order."""

REPORTED_MODEL = "scripted"

Body = Mapping[str, object]

encoded = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
"""A document as it is sent; ValueError for NaN and the like, which Python reads and JSON lacks."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request body, understood.

    prompt, request: the prompt of the script in the last thing that the user said, and its number.
    earlier: what the user said before it, as far as it was sent.
    round: rounds of tool results that came after it.
    usage: usage is wanted at the end of a stream.
    """

    prompt: str
    request: int
    earlier: tuple[str, ...]
    round: int
    model: str
    stream: bool
    usage: bool

    def usage_of(self, output: int, given_name: str, output_name: str) -> Document:
        """Tokens of the prompt and of the answer, and their sum.

        For want of a tokenizer: words of the prompt, one for each tool round; pieces of a reply.
        """
        given = len(self.prompt.split()) + self.round
        return {given_name: given, output_name: output, "total_tokens": given + output}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: calls of the tool, or a text in pieces.

    cut: the text would go on, had the request not limited it. tokens: what usage says of it, where
    that is not its pieces.
    """

    calls: tuple[ToolCall, ...]
    pieces: tuple[str, ...]
    cut: bool = False
    tokens: int | None = None

    @property
    def output(self) -> int:
        """Its tokens, as usage says them."""
        return len(self.pieces) if self.tokens is None else self.tokens

    @property
    def text(self) -> str:
        """All of the text."""
        return "".join(self.pieces)


class Api(ABC):
    """One API.

    name: in the journal; result: key and value that mark the result of a tool.
    """

    name: str
    result: tuple[str, str]

    @abstractmethod
    def messages(self, body: Body) -> list[Body]:
        """The conversation in a request body. ValueError, one line, if there is none."""

    def before(self, body: Body) -> tuple[str | None, int]:
        """Prompt and round of what came before it, where the server knows it. Likewise."""
        return None, 0

    @abstractmethod
    def tool(self, offered: Body) -> object:
        """The name of a tool offered."""

    def wants_usage(self, body: Body) -> bool:
        """Whether usage is wanted as an event of its own at the end of a stream."""
        return False

    @abstractmethod
    def whole(self, ask: Ask, answer: Answer) -> Document:
        """An answer that is not streamed."""

    @abstractmethod
    def streamed(self, ask: Ask, answer: Answer) -> tuple[list[bytes], bytes]:
        """The events of each piece, the first with what goes before it, and those at the end."""

    def ask(self, body: object, calls: int = 1) -> Ask:
        """What a request body asks, of a model that wants `calls` tool calls in a round.

        ValueError or WrongPrompt if it is nothing of the script.
        """
        if not isinstance(body, dict):
            raise ValueError("the request body must be an object")
        if not isinstance(body.get("model"), str):
            raise ValueError("you must provide a model parameter")
        prompt, before = self.before(body)
        said, results = [] if prompt is None else [prompt], before * calls
        for message in self.messages(body):
            if message.get("role") == "user":
                said.append(text_of(message.get("content")))
                results = 0
            elif message.get(self.result[0]) == self.result[1]:
                results += 1
        if not said:
            raise WrongPrompt("the conversation has no message of a user")
        *earlier, prompt = said
        round, odd = divmod(results, calls)
        if odd:
            raise WrongPrompt(f"{odd} tool results, where the script makes {calls} calls at once")
        prompt = task_of(prompt)
        return Ask(
            prompt=prompt,
            request=request_of(prompt),
            earlier=tuple(earlier),
            round=round,
            model=body["model"],
            stream=flag(body, "stream"),
            usage=self.wants_usage(body),
        )


def text_of(content: object) -> str:
    """The text of a message: a string, or parts of which some are text. Raises WrongPrompt."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(part for part in parts if isinstance(part, str))
    raise WrongPrompt(f"not a text prompt: {content!r}")


def task_of(prompt: str) -> str:
    """The prompt of the script, which a framework may have put into words of its own.

    Raises WrongPrompt if there is none, or more than one.
    """
    with contextlib.suppress(WrongPrompt):
        request_of(prompt)
        return prompt
    found = set(re.findall(r"\brequest (\d+)\b", prompt))
    if len(found) != 1:
        raise WrongPrompt(f"a prompt names one request, as {prompt_of(7)!r}, not {prompt!r:.200}")
    return prompt_of(int(found.pop()))


def flag(body: Body, name: str, default: bool = False) -> bool:
    """The member of that name, if it is true, false or null; ValueError otherwise."""
    value = body.get(name)
    if not isinstance(value, bool | None):
        raise ValueError(f"{name} is true or false, not {encoded(value):.60}")
    return default if value is None else value


def objects(body: Body, name: str, default: object = None) -> list[Body]:
    """The member of that name, if it is a list of objects; ValueError otherwise."""
    value = body.get(name) or default
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError(f"{name} must be a list of objects")
    return value


def error(message: str, kind: str, code: str | None = None) -> bytes:
    """The body of an error, as OpenAI sends it."""
    document = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return json.dumps(document).encode()
