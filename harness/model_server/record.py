"""The verb `record`: how long a real model takes, noted while its calls are passed on."""

import argparse
import sys
from urllib.parse import urlsplit

from harness.common import options
from harness.model_server.budget import Order
from harness.model_server.served import served

MOST = 100_000


def add_arguments(this: argparse.ArgumentParser) -> None:
    """The verb `record`."""
    this.add_argument(
        "--to",
        required=True,
        metavar="FILE",
        help="JSON lines, added to what it has: latency, time to first token, tokens, status",
    )
    this.add_argument(
        "--url", required=True, help="the endpoint, such as https://api.example.com/v1"
    )
    options.add_port(this)
    options.add_count(this, "--calls", MOST, f"recorded at most (default: {MOST:,})")
    this.set_defaults(run=_record)


def _record(arguments: argparse.Namespace) -> int:
    order = Order(endpoint(arguments.url), to=arguments.to, most=arguments.calls)
    from harness.model_server import proxy

    made = served(lambda say: proxy.serve(order, arguments.port, say), arguments.port)
    kinds = made.journal.totals
    parts = [f"{sum(kinds.values())} calls, {made.recorded} recorded"]
    print(
        "\n" + ", ".join([*parts, *(f"{n} {kind}" for kind, n in kinds.items())]), file=sys.stderr
    )
    if made.failure:
        raise ValueError(made.failure)
    return 0


def endpoint(url: str) -> str:
    """The base URL of an endpoint. ValueError, one line that does not show it, if it is none."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        known = False
    if not known or not url.isascii() or not url.isprintable():
        raise ValueError("the URL is no http:// or https:// address")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("a URL with a password or a query may hold a key, which would be shown")
    path = parts.path.rstrip("/") or "/v1"
    return parts._replace(path=path).geturl()
