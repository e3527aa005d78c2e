"""The verb `serve`: a model server for people."""

import argparse
import sys
from pathlib import Path
from typing import Any

from harness.common import options, quantities
from harness.model_server import faults, recorded
from harness.model_server.faults import KINDS, Faults
from harness.model_server.served import served
from harness.model_server.settings import Settings
from harness.workload import script_json
from harness.workload.script import Constant, Script

_SHAPE = ("latency", "gap", "chunks", "tool_rounds")


@quantities.argument
def _pause(text: str) -> tuple[float, float]:
    at, _, lasting = text.partition(":")
    try:
        return quantities.seconds(at), quantities.seconds(lasting)
    except ValueError:
        raise ValueError(f"a pause is AT:TIME, such as 3s:500ms, not {text!r}") from None


@quantities.argument
def _attempts(text: str) -> int | None:
    if text != "always" and not quantities.is_digits(text):
        raise ValueError(f"a number or `always`, not {text!r}")
    return None if text == "always" else int(text)


def add_arguments(this: argparse.ArgumentParser) -> None:
    """The verb `serve`."""
    this.epilog = "faults: " + "; ".join(f"{kind}: {what}" for kind, what in KINDS.items())
    options.add_port(this)
    this.add_argument("--script", type=Path, metavar="FILE", help="a script as JSON; or:")
    options.add_time(
        this, "--latency", "--ttft", help="from request to answer, or to its first token"
    )
    options.add_time(this, "--gap", help="between two pieces of a streamed reply")
    recorded.add_arguments(this)
    this.add_argument("--chunks", type=int, metavar="N", help="pieces of a streamed reply")
    options.add_tool_rounds(this, default=None)
    group = this.add_argument_group("faults")
    faults.add_argument(group)
    group.add_argument("--fault-seed", type=int, default=0, metavar="N", help="draws others")
    group.add_argument(
        "--attempts",
        type=_attempts,
        default=1,
        metavar="N",
        help="attempts of a request that fail, or `always`",
    )
    options.add_time(group, "--retry-after", default=1.0, help="sent with 429 (default: 1s)")
    options.add_time(group, "--stall-for", default=30.0, help="of a stall (default: 30s)")
    limits = this.add_argument_group("limits")
    limits.add_argument("--slots", type=int, metavar="N", help="worked on at once; others wait")
    limits.add_argument("--reject", action="store_true", help="others get 429 instead")
    limits.add_argument(
        "--pause",
        action="append",
        type=_pause,
        default=[],
        metavar="AT:TIME",
        help="the server stands still for TIME, AT after the first request (3s:500ms)",
    )
    this.set_defaults(run=_serve)


def _script(arguments: argparse.Namespace) -> Script:
    given: dict[str, Any] = {name: getattr(arguments, name) for name in _SHAPE}
    given = {name: value for name, value in given.items() if value is not None}
    if arguments.script is not None:
        if given:
            raise ValueError(f"--script says it all: leave out --{min(given).replace('_', '-')}")
        return script_json.read(arguments.script)
    return Script(**given | {"latency": Constant(given.get("latency", 0.0))})


def settings(arguments: argparse.Namespace) -> Settings:
    """What the command line asks for; ValueError, one line, if that is impossible."""
    wanted = Faults(
        faults.kinds(arguments.fault),
        seed=arguments.fault_seed,
        attempts=arguments.attempts,
        retry_after=arguments.retry_after,
        stall_for=arguments.stall_for,
    )
    pauses = tuple(sorted(arguments.pause))
    calls = recorded.of_arguments(arguments)
    if calls:
        left_out = f", {calls.left_out:,} left out" if calls.left_out else ""
        options.progress(f"{len(calls):,} recorded calls{left_out}")
    limits = (arguments.slots, arguments.reject, pauses)
    return Settings(_script(arguments), wanted, *limits, calls, arguments.latency_seed)


def _serve(arguments: argparse.Namespace) -> None:
    wanted = settings(arguments)
    from harness.model_server import server

    totals = served(lambda say: server.serve(wanted, arguments.port, say), arguments.port)
    parts = [f"{sum(totals.values())} requests", *(f"{n} {k}" for k, n in totals.items())]
    print("\n" + ", ".join(parts), file=sys.stderr)
