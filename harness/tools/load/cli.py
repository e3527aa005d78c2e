"""The verb `load`: its arguments, and what it does with them."""

import argparse
from collections.abc import Callable
from typing import IO

from harness.common import options, quantities
from harness.common.files import whole
from harness.instruments.arrivals import shapes
from harness.model_server import faults, recorded
from harness.tools import runtime
from harness.tools.load import console, files, judge, place, real, run
from harness.tools.load.capacity import command
from harness.tools.load.report import Report, report
from harness.tools.load.soak import verb

WRITERS: dict[str, Callable[[Report, IO[str]], object]] = {
    "json": lambda report, file: file.write(options.as_json(report.data)),
    "csv": files.write_csv,
    "hdr": files.write_hdr,
    "html": files.write_html,
}


def add_arguments(this: argparse.ArgumentParser) -> None:
    on = this.add_argument_group("on what").add_mutually_exclusive_group()
    runtime.add_options(this, on)
    on.add_argument("--call", metavar="module:function", help="a function of a request's number")
    on.add_argument("--url", help="an agent behind HTTP (`python -m harness serve-agent`)")
    runtime.add_entry(this, "asyncio")
    this.add_argument(
        "--over-http", action="store_true", help="the runtime asks a model server, over a socket"
    )
    server = this.add_argument_group("the model server, with --over-http")
    faults.add_argument(server)
    recorded.add_arguments(server)
    real.add_arguments(this)
    options.add_time(
        this,
        "--latency",
        default=0.0,
        help="of each model call; of --call: the part of it that is the model's",
    )
    options.add_tool_rounds(this)
    shapes.add_arguments(this)
    shapes.add_limits(this)
    this.add_argument(
        "--slo",
        type=quantities.argument(judge.read),
        default=[],
        metavar="NAME=LIMIT,...",
        help=f"service levels, of {', '.join(judge.LEVELS)}",
    )
    command.add_arguments(this)
    verb.add_arguments(this)
    options.add_outputs(
        this,
        json="all figures",
        csv="one row per request",
        hdr="an HDR percentile distribution",
        html="a page that opens offline",
    )
    this.set_defaults(run=load)


def load(arguments: argparse.Namespace) -> int:
    """Make the load that the arguments ask for. Raises ValueError for bad input, before it."""
    _only_for_runtimes(arguments)
    if arguments.soak is not None:
        return verb.soak(arguments)
    if command.is_asked(arguments):
        return command.search(arguments)
    plan, shape = shapes.plan(arguments)
    outputs = options.Outputs(arguments)
    seconds = plan.arrivals.duration + plan.drain
    on, outcome = place.made(arguments, lambda on, tell: run.run(on, plan, tell), seconds)
    made = report(on, outcome, shape, arguments.slo)
    print(console.text(made), file=outputs.people)
    for name, path in outputs.paths.items():
        with whole(path) as file:
            WRITERS[name](made, file)
    return made.status


def _only_for_runtimes(arguments: argparse.Namespace) -> None:
    other = "--url" if arguments.url else "--call" if arguments.call else ""
    given = {"--entry": arguments.entry, "--over-http": arguments.over_http}
    if arguments.call:
        given["--tool-rounds"] = arguments.tool_rounds
    else:
        given["--python"] = arguments.python
    wrong = next((option for option, value in given.items() if value), None)
    if other and wrong:
        raise ValueError(f"{wrong} is for runtimes, not for {other}")
    local = next((slo.name for slo in arguments.slo if slo.group == "usage"), None)
    if arguments.url and local:
        raise ValueError(f"SLO {local!r} is of this process, not of the agent: see GET /stats")
    for option, value in (("--fault", arguments.fault), ("--latency-from", arguments.latency_from)):
        if value and not arguments.over_http:
            raise ValueError(f"{option} is for the model server of --over-http")
