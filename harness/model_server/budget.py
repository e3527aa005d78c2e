"""What may be asked of a real model: so many requests, so many tokens, and not one more."""

from dataclasses import dataclass
from typing import Any

from harness.model_server.passing import Tokens
from harness.model_server.wire import encoded

_FIELDS = {
    "chat": ("max_tokens", "max_completion_tokens"),
    "responses": ("max_output_tokens",),
}
_LONGER = ("previous_response_id", "conversation", "prompt", "background")


@dataclass(frozen=True)
class Limits:
    """requests, tokens: at most, all in all; reply: tokens of one reply, at most.

    model: asked in the place of the one that a request names. field: what a chat completion is
    limited with that names no limit itself.
    """

    requests: int
    tokens: int
    reply: int
    model: str
    field: str = "max_tokens"


@dataclass(frozen=True)
class Order:
    """What a proxy does.

    url: where calls go, in the place of its own ".../v1". to: a file that gets a line for each of
    the first `most` calls. limits: of all calls; one beyond them is refused and never leaves.
    key_env: the variable that has the key, which is sent in the place of the client's. keep: a
    file that gets prompts and replies.
    """

    url: str
    to: str = ""
    most: int = 0
    limits: Limits | None = None
    key_env: str = ""
    keep: str = ""


class Reached(Exception):
    """A limit is reached."""


class Budget:
    """What is left of some limits.

    Until a reply says its tokens it counts with all that it may have; its prompt with as many as it
    has bytes, because no token is less than one.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._requests, self._left = limits.requests, limits.tokens

    @property
    def used(self) -> int:
        """Tokens that are used or may yet be."""
        return self._limits.tokens - self._left

    def take(self, api: str, body: dict[str, Any]) -> int:
        """Limit a request body to what is left, and the tokens that are taken for it.

        Raises Reached if nothing is left for it, ValueError for what cannot be limited.
        """
        if body.get("n") not in (None, 1):
            raise ValueError("n: more replies than one to a request are not passed on")
        if long := [name for name in _LONGER if body.get(name)]:
            raise ValueError(f"{long[0]}: a conversation of unknown length is not passed on")
        body["model"] = self._limits.model
        prompt = len(encoded(body).encode())
        room = self._left - prompt
        if not self._requests:
            raise Reached(f"all of {self._limits.requests:,} requests are made")
        if room < 1:
            left = f"{self._left:,} of {self._limits.tokens:,} tokens are left"
            raise Reached(f"{left}, the prompt may have {prompt:,}")
        fields = _FIELDS[api]
        default = self._limits.field if api == "chat" else fields[0]
        named = [name for name in fields if body.get(name) is not None] or [default]
        wanted = [n for name in named if type(n := body.get(name)) is int and n > 0]
        reply = min([*wanted, self._limits.reply, room])
        body.update(dict.fromkeys(named, reply))
        self._requests -= 1
        self._left -= prompt + reply
        return prompt + reply

    def settle(self, taken: int, tokens: Tokens | None) -> None:
        """A request is over: of what was taken for it, so many were used; None: nobody knows."""
        if tokens is not None:
            self._left += taken - sum(tokens)
