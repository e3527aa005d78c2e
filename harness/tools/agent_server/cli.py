"""The verb `serve-agent`: its arguments."""

import argparse
import contextlib

from harness.common import options, quantities
from harness.model_server import faults
from harness.tools import runtime
from harness.tools.agent_server import serving

_SETTINGS = ("runtime", "entry", "bind", "port", "latency", "tool_rounds", "fail")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    runtime.add_options(parser, beside=lambda arguments: ("aiohttp",))
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
        type=quantities.argument(faults.numbers),
        default=(),
        metavar="N,N,...",
        help="requests whose model fails",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until asked to stop. Raises ValueError, one line, where that cannot be."""
    settings = {name: getattr(arguments, name) for name in _SETTINGS}
    if arguments.python is None:
        serving.serve(_say, **settings)
        return 0
    python = runtime.interpreter(arguments.runtime, arguments.python)
    with contextlib.suppress(KeyboardInterrupt), serving.served(python, **settings) as server:
        _say(server.what, server.url)
        server.wait()
    return 0


def _say(what: str, url: str) -> None:
    print(f"{what} answers POST {url}/run", flush=True)
