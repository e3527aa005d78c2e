"""The verb `serve-agent`: its arguments."""

from __future__ import annotations

import argparse

from harness.common import options, quantities
from harness.instruments.arrivals.drivers import ENTRIES
from harness.tools.agent_server import serving
from harness.workload.script import Constant, Script


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb `serve-agent`."""
    options.add_runtime(parser)
    options.add_entry(parser, ENTRIES, "asyncio where there is one")
    options.add_port(parser)
    parser.add_argument(
        "--bind",
        default=serving.HOST,
        metavar="ADDRESS",
        help=f"default: {serving.HOST}; another only in a network you trust, there is no login",
    )
    options.add_time(parser, "--latency", default=0.0, help="of each model call")
    options.add_tool_rounds(parser)
    parser.add_argument(
        "--fail",
        type=quantities.argument(_numbers),
        default=frozenset(),
        metavar="N,N,...",
        help="requests whose model fails",
    )
    parser.add_argument(
        "--with-parent", action="store_true", help="end when standard input ends, as with a parent"
    )
    parser.set_defaults(run=run)


def _numbers(text: str) -> frozenset[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise ValueError(f"request numbers such as 3,7, not {text!r}")
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
