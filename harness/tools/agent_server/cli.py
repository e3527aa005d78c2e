"""The verb `serve-agent`: its arguments."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import NoReturn

from harness.common import options, quantities
from harness.tools import runtime
from harness.tools.agent_server import serving
from harness.workload.script import Constant, Script


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb `serve-agent`."""
    runtime.add_options(parser)
    runtime.add_entry(parser, "asyncio where there is one")
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
    if arguments.python:
        _elsewhere(arguments, runtime.interpreter(arguments))
    fail_at = frozenset((number, 0) for number in arguments.fail)
    script = Script(arguments.tool_rounds, Constant(arguments.latency), fail_at)
    loaded = serving.ready(arguments.runtime)
    entry = serving.entry_of(loaded, script.tool_rounds, arguments.entry)
    where = (arguments.bind, arguments.port)
    serving.serve(loaded, script, entry, where, arguments.with_parent)
    return 0


def _elsewhere(arguments: argparse.Namespace, python: str) -> NoReturn:
    """Become the same command in another interpreter: one process, which gets Ctrl-C itself."""
    words = ["--runtime", arguments.runtime, "--bind", arguments.bind]
    words += [f"--port={arguments.port}", f"--latency={arguments.latency}"]
    words += [f"--tool-rounds={arguments.tool_rounds}"]
    words += ["--entry", arguments.entry] if arguments.entry else []
    words += ["--fail", ",".join(map(str, arguments.fail))] if arguments.fail else []
    words += ["--with-parent"] if arguments.with_parent else []
    ours = str(Path(__file__).resolve().parents[3])
    command = [python, "-m", "harness", "serve-agent", *words]
    os.execve(python, command, os.environ | {"PYTHONPATH": ours})
