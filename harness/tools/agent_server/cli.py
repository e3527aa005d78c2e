"""The verb `serve-agent`: its arguments."""

from __future__ import annotations

import argparse
from typing import Any

from harness.common import quantities
from harness.instruments.arrivals.drivers import ENTRIES
from harness.tools.agent_server import serving
from harness.workload.script import Constant, Script


def add_verbs(verbs: Any) -> None:
    """Add `serve-agent` to argparse's subparsers."""
    this = verbs.add_parser("serve-agent", help="put a runtime's agent behind HTTP on 127.0.0.1")
    add_arguments(this)
    this.set_defaults(run=run)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("--runtime", default="floor", help="NAME or module:Class (default: floor)")
    parser.add_argument("--port", type=_port, default=0, help="default: a free one, which it tells")
    parser.add_argument(
        "--bind",
        default=serving.HOST,
        metavar="ADDRESS",
        help=f"default: {serving.HOST}; another only in a network you trust, there is no login",
    )
    parser.add_argument("--entry", choices=ENTRIES, help="default: asyncio where there is one")
    parser.add_argument(
        "--latency",
        type=quantities.duration,
        default=0.0,
        metavar="TIME",
        help="of each model call",
    )
    parser.add_argument("--tool-rounds", type=int, default=0, metavar="N", help="tool calls a run")
    parser.add_argument(
        "--fail",
        type=_numbers,
        default=frozenset(),
        metavar="N,N,...",
        help="requests whose model fails",
    )
    parser.add_argument(
        "--with-parent", action="store_true", help="end when standard input ends, as with a parent"
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port from 0 to 65535, not {text!r}")
    return int(text)


def _numbers(text: str) -> frozenset[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"request numbers such as 3,7, not {text!r}")
    return frozenset(map(int, parts))


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop. Raises ValueError, one line, where that cannot be."""
    fail_at = frozenset((number, 0) for number in arguments.fail)
    script = Script(arguments.tool_rounds, Constant(arguments.latency), fail_at)
    runtime = serving.ready(arguments.runtime)
    entry = serving.entry_of(runtime, script.tool_rounds, arguments.entry)
    where = (arguments.bind, arguments.port)
    serving.serve(runtime, script, entry, where, arguments.with_parent)
    return 0
