"""The verb `serve`: a model server for people."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from harness.common import quantities
from harness.model_server.faults import KINDS, Faults
from harness.model_server.settings import Settings
from harness.workload import script_json
from harness.workload.script import Constant, Script

_SHAPE = {"latency": 0.0, "gap": 0.0, "chunks": 1, "tool_rounds": 0}


def add_verbs(verbs: Any) -> None:
    """Add `serve` to argparse's subparsers."""
    this = verbs.add_parser(
        "serve",
        help="an OpenAI-compatible model server that answers a script, until Ctrl-C",
        epilog="faults: " + "; ".join(f"{kind}: {what}" for kind, what in KINDS.items()),
    )
    this.add_argument("--port", type=int, default=0, help="port (default: a free one)")
    this.add_argument("--script", type=Path, metavar="FILE", help="a script as JSON; or:")
    seconds = {"type": quantities.duration, "metavar": "TIME"}
    this.add_argument(
        "--latency", "--ttft", **seconds, help="from request to answer, or to its first token"
    )
    this.add_argument("--gap", **seconds, help="between two pieces of a streamed reply")
    this.add_argument("--chunks", type=int, help="pieces of a streamed reply (default 1)")
    this.add_argument("--tool-rounds", type=int, help="tool calls before the reply (default 0)")
    faults = this.add_argument_group("faults")
    faults.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND=SHARE",
        help="a share of requests (0.01), or request numbers (@3,5); may be repeated",
    )
    faults.add_argument("--fault-seed", type=int, default=0, help="draws other requests")
    faults.add_argument(
        "--attempts", default="1", help="attempts of a request that fail, or `always`"
    )
    faults.add_argument("--retry-after", default=1.0, **seconds, help="told with 429 (default 1)")
    faults.add_argument("--stall-for", default=30.0, **seconds, help="of a stall (default 30)")
    limits = this.add_argument_group("limits")
    limits.add_argument("--slots", type=int, help="requests worked on at once; others wait")
    limits.add_argument("--reject", action="store_true", help="others get 429 instead")
    limits.add_argument(
        "--pause",
        action="append",
        default=[],
        metavar="AT:SECONDS",
        help="the server stands still, so many seconds after the first request",
    )
    this.set_defaults(run=_serve)


def _script(arguments: argparse.Namespace) -> Script:
    given = {k: getattr(arguments, k) for k in _SHAPE if getattr(arguments, k) is not None}
    if arguments.script is not None:
        if given:
            raise ValueError(f"--script says it all: leave out --{min(given).replace('_', '-')}")
        return script_json.read(arguments.script)
    shape = _SHAPE | given
    return Script(
        tool_rounds=int(shape["tool_rounds"]),
        latency=Constant(shape["latency"]),
        chunks=int(shape["chunks"]),
        gap=shape["gap"],
    )


def _fault(text: str) -> tuple[str, float | tuple[int, ...]]:
    kind, _, whom = text.partition("=")
    try:
        if whom.startswith("@"):
            return kind, tuple(int(number) for number in whom[1:].split(","))
        return kind, float(whom)
    except ValueError:
        raise ValueError(f"a fault is KIND=SHARE or KIND=@NUMBER,..., not {text!r}") from None


def _pause(text: str) -> tuple[float, float]:
    at, _, seconds = text.partition(":")
    try:
        return float(at), float(seconds)
    except ValueError:
        raise ValueError(f"a pause is AT:SECONDS, not {text!r}") from None


def settings(arguments: argparse.Namespace) -> Settings:
    """What the command line asks for; ValueError, one line, if that is impossible."""
    attempts = arguments.attempts
    if attempts != "always" and not attempts.isdecimal():
        raise ValueError(f"--attempts is a number or `always`, not {attempts!r}")
    kinds = dict(_fault(text) for text in arguments.fault)
    if len(kinds) < len(arguments.fault):
        raise ValueError("each kind of fault is told once")
    faults = Faults(
        kinds,
        seed=arguments.fault_seed,
        attempts=None if attempts == "always" else int(attempts),
        retry_after=arguments.retry_after,
        stall_for=arguments.stall_for,
    )
    pauses = tuple(sorted(_pause(text) for text in arguments.pause))
    return Settings(_script(arguments), faults, arguments.slots, arguments.reject, pauses)


def _serve(arguments: argparse.Namespace) -> None:
    wanted = settings(arguments)
    if not 0 <= arguments.port < 65536:  # uvloop would take the remainder
        raise ValueError(f"a port is from 0 to 65535, not {arguments.port}")
    from harness.model_server import server

    totals: dict[str, int] = {}

    async def serve() -> None:
        ours = server.ModelServer(wanted)
        try:
            listening = await ours.listen(arguments.port)
        except OSError as error:
            raise ValueError(f"cannot listen on port {arguments.port}: {error.strerror}") from None
        port = listening.sockets[0].getsockname()[1]
        print(f"http://127.0.0.1:{port}/v1  (Ctrl-C ends it)", flush=True)
        try:
            await asyncio.Event().wait()
        finally:
            totals.update(ours.journal.totals)

    try:
        server.run(serve())
    except KeyboardInterrupt:
        parts = [f"{sum(totals.values())} requests", *(f"{n} {k}" for k, n in totals.items())]
        print("\n" + ", ".join(parts), file=sys.stderr)
