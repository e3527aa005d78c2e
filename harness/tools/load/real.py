"""`load --model-url`: a runtime on a real model, behind a proxy that holds the load to its limits.

The proxy has the key, and nobody else: not the process that makes the load, not its command line.
"""

import argparse
import contextlib
import os
import re
from collections.abc import Iterator
from unittest import mock

from harness.common import files, options, quantities
from harness.model_server.budget import Limits, Order
from harness.model_server.process import LimitedProxy
from harness.model_server.record import endpoint

KEY_ENV = "OPENAI_API_KEY"
REPLY = 256
PROMPT = "Reply with one short sentence."

_NEEDED = ("model", "max_requests", "max_tokens")
_MORE = ("key_env", "reply_tokens", "tokens_field", "prompt", "keep_text")
_SCRIPTED = ("over_http", "fault", "latency_from", "latency", "tool_rounds")
_NOT_WITH = ("url", "call", "find_capacity", "soak", *_SCRIPTED)


@quantities.argument
def _tokens(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,8}", text, re.ASCII):
        raise ValueError(f"a whole number from 1 to 999999999, not {text!r}")
    return int(text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--model-url` and what goes with it; `proxied` acts on them."""
    this = parser.add_argument_group("a real model, which --runtime asks (docs/real-models.md)")
    this.add_argument("--model-url", metavar="URL", help="an OpenAI-compatible endpoint")
    this.add_argument("--model", metavar="NAME", help="its model")
    options.add_count(this, "--max-requests", None, "model calls, at most: must be given")
    this.add_argument(
        "--max-tokens", type=_tokens, metavar="N", help="of prompts and replies: must be given"
    )
    this.add_argument(
        "--reply-tokens", type=_tokens, metavar="N", help=f"of a reply, at most (default: {REPLY})"
    )
    this.add_argument(
        "--tokens-field",
        choices=("max_tokens", "max_completion_tokens"),
        help="what a chat completion is limited with (default: max_tokens)",
    )
    this.add_argument(
        "--key-env",
        metavar="NAME",
        help=f"environment variable that has the API key (default: {KEY_ENV})",
    )
    this.add_argument("--prompt", metavar="TEXT", help=f"asked in each run (default: {PROMPT})")
    this.add_argument("--keep-text", metavar="FILE", help="gets prompts and replies")
    parser.set_defaults(proxy="")


@contextlib.contextmanager
def proxied(arguments: argparse.Namespace) -> Iterator[None]:
    """With a real model: `arguments.proxy` is the address of the proxy before it, and this process
    and what it starts have no key. Raises ValueError, one line, for what is missing or wrong.
    """
    if not arguments.model_url:
        for name in (*_NEEDED, *_MORE):
            if getattr(arguments, name) is not None:
                raise ValueError(f"{_option(name)} goes with --model-url")
        yield
        return
    order = _order(arguments)
    with LimitedProxy(order) as proxy, mock.patch.dict(os.environ):
        del os.environ[order.key_env]
        arguments.proxy = proxy.url
        arguments.prompt = arguments.prompt or PROMPT
        yield


def _order(arguments: argparse.Namespace) -> Order:
    for name in _NOT_WITH:
        if getattr(arguments, name, None):
            raise ValueError(f"{_option(name)} does not go with --model-url")
    for name in _NEEDED:
        if getattr(arguments, name) is None:
            hint = "--max-requests and --max-tokens are its hard limits"
            raise ValueError(f"--model-url needs {_option(name)}; {hint}")
    variable = KEY_ENV if arguments.key_env is None else arguments.key_env
    key = os.environ.get(variable, "") if variable.isidentifier() else ""
    if not re.fullmatch(r"[!-~]+", key):  # never shown, and nor is a name that may be a key
        raise ValueError(
            f"no API key in the environment variable {KEY_ENV}, or in the one that --key-env names;"
            " any word will do for an endpoint without keys"
        )
    keep = ""
    if arguments.keep_text is not None:
        files.writable(arguments.keep_text)
        if files.standard(arguments.keep_text) is not None:
            raise ValueError("--keep-text is a file: what it gets is for nobody else's eyes")
        keep = os.path.abspath(arguments.keep_text)  # another process writes it
    limits = Limits(
        arguments.max_requests,
        arguments.max_tokens,
        arguments.reply_tokens or REPLY,
        arguments.model,
        arguments.tokens_field or "max_tokens",
    )
    return Order(endpoint(arguments.model_url), limits=limits, key_env=variable, keep=keep)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
