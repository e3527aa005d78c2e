"""A client for an agent behind HTTP: POST {"prompt": ...}, answered by {"reply": ...}."""

import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from harness.common.local import ask
from harness.instruments.arrivals.base import Call
from harness.instruments.arrivals.kinds import check_reply
from harness.tools.load.target import DISTINCT, Target
from harness.workload.script import Script, prompt_of

DEFAULT_PATH = "/run"
CONNECT_SECONDS = 5.0
HELD = {"rss": "rss_bytes", "threads": "threads", "descriptors": "descriptors"}
"""What an agent may hold, and its names in `GET /stats`."""


class HttpError(Exception):
    """An answer that is not 200; `status` says which."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"status {status}: {text[:200]}")
        self.status = status


def of_url(url: str, script: Script) -> Target:
    """The agent at `url` (without a path: at its /run), every reply checked.

    Where its answers tell how long its model took ("injected"), that is the target's, too.
    Raises ValueError, one line, for what is no HTTP address and where nothing listens.
    """
    address = _address(url)

    @asynccontextmanager
    async def opened() -> AsyncIterator[Call]:
        import aiohttp

        # No limits of the client's own: how many are in flight is the plan's business.
        connector = aiohttp.TCPConnector(limit=0)
        limits = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(connector=connector, timeout=limits) as session:

            async def call(request: int) -> None:
                number = request % DISTINCT
                async with session.post(address, json={"prompt": prompt_of(number)}) as answer:
                    if answer.status != 200:
                        raise HttpError(answer.status, await answer.text())
                    body = await answer.json(content_type=None)
                answered = body if isinstance(body, dict) else {"reply": body}
                check_reply(answered.get("reply"), script.reply(number))
                if isinstance(injected := answered.get("injected"), int | float):
                    target.injected = injected

            yield call

    target = Target(address, opened, script.injected(0), is_here=False)
    target.others["agent"] = lambda: _stats(address).get("cpu_seconds")
    target.held = lambda: _held(_stats(address))
    return target


def _held(stats: dict[str, float]) -> dict[str, float]:
    return {f"agent {name}": stats[key] for name, key in HELD.items() if key in stats}


def _stats(address: str) -> dict[str, float]:
    """The numbers that `GET /stats` beside it says, as serve-agent does; none where it does not."""
    from http.client import HTTPException

    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    with contextlib.suppress(OSError, ValueError, AttributeError, HTTPException):
        if parts.scheme == "http":
            found = ask(f"http://{host}/stats", timeout=CONNECT_SECONDS).items()
            return {name: float(each) for name, each in found if isinstance(each, int | float)}
    return {}


def _address(url: str) -> str:
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise ValueError(f"{url!r} is no address: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no http:// or https:// address")
    try:
        socket.create_connection((parts.hostname, port), CONNECT_SECONDS).close()
    except OSError as error:
        raise ValueError(f"nothing answers at {url}: {error.strerror or error}") from None
    return parts._replace(path=DEFAULT_PATH).geturl() if parts.path in ("", "/") else url
