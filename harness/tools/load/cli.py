"""The verb `load`: its arguments, and what it does with them."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from harness.common import options, quantities
from harness.common.files import writable
from harness.instruments.arrivals import shapes
from harness.instruments.arrivals.drivers import ENTRIES
from harness.model_server import faults
from harness.tools.load import client, console, files, run, slo, target
from harness.tools.load.report import Report, report
from harness.workload.script import Constant, Script

WRITERS: dict[str, Callable[[Report, Path], None]] = {
    "json": files.write_json,
    "csv": files.write_csv,
    "hdr": files.write_hdr,
    "html": files.write_html,
}


def add_arguments(this: argparse.ArgumentParser) -> None:
    """The verb `load`."""
    on = this.add_argument_group("on what").add_mutually_exclusive_group()
    options.add_runtime(on)
    on.add_argument("--call", metavar="module:function", help="a function of a request's number")
    on.add_argument("--url", help="an agent behind HTTP (`python -m harness serve-agent`)")
    options.add_entry(this, ENTRIES, "asyncio")
    this.add_argument(
        "--over-http", action="store_true", help="the runtime asks a model server, over a socket"
    )
    faults.add_argument(this.add_argument_group("faults of the model server, with --over-http"))
    options.add_time(
        this,
        "--latency",
        default=0.0,
        help="of each model call; of --call: the part of it that is the model's",
    )
    options.add_tool_rounds(this)
    shapes.add_arguments(this)
    options.add_time(this, "--timeout", help="of a request")
    this.add_argument("--cap", type=int, metavar="N", help="in flight at once; others wait")
    options.add_time(
        this,
        "--drain",
        default=10.0,
        help="waited for replies after the last arrival (default: 10s)",
    )
    this.add_argument(
        "--slo",
        type=quantities.argument(slo.read),
        default=[],
        metavar="NAME=LIMIT,...",
        help=f"service levels, of {', '.join(slo.LEVELS)}",
    )
    for name, what in (
        ("json", "all figures"),
        ("csv", "one row a request"),
        ("hdr", "an HDR percentile distribution"),
        ("html", "a page that opens offline"),
    ):
        this.add_argument(f"--{name}", type=Path, metavar="FILE", help=what)
    this.set_defaults(run=load)


def load(arguments: argparse.Namespace) -> int:
    """Make the load that the arguments ask for. Raises ValueError for bad input, before it."""
    plan, shape = shapes.plan(arguments)
    outputs = {name: path for name in WRITERS if (path := getattr(arguments, name))}
    for path in outputs.values():
        writable(path)
    if len(set(outputs.values())) < len(outputs):
        raise ValueError("two outputs are the same file")
    progress = console.Progress()
    with _target(arguments) as on:
        try:
            outcome = run.run(on, plan, progress)
        except NotImplementedError as error:
            raise ValueError(f"{on.name}: {error}") from error
        finally:
            progress.end()
    made = report(on, outcome, shape, arguments.slo)
    print(console.text(made))
    for name, path in outputs.items():
        WRITERS[name](made, path)
    return made.status


@contextlib.contextmanager
def _target(arguments: argparse.Namespace) -> Iterator[target.Target]:
    _only_for_runtimes(arguments)
    script = Script(tool_rounds=arguments.tool_rounds, latency=Constant(arguments.latency))
    entry = arguments.entry or "asyncio"
    if arguments.url:
        yield client.of_url(arguments.url, script)
    elif arguments.call:
        yield target.of_call(arguments.call, arguments.latency)
    elif arguments.over_http:
        kinds = faults.kinds(arguments.fault)
        with target.over_http(arguments.runtime, script, entry, kinds) as found:
            yield found
    else:
        yield target.of_runtime(arguments.runtime, script, entry)


def _only_for_runtimes(arguments: argparse.Namespace) -> None:
    other = "--url" if arguments.url else "--call" if arguments.call else ""
    given = {"--entry": arguments.entry, "--over-http": arguments.over_http}
    if arguments.call:
        given["--tool-rounds"] = arguments.tool_rounds
    wrong = next((option for option, value in given.items() if value), None)
    if other and wrong:
        raise ValueError(f"{wrong} is for runtimes, not for {other}")
    if arguments.fault and not arguments.over_http:
        raise ValueError("--fault is for the model server of --over-http")
