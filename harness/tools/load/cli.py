"""The verb `load`: its arguments, and what it does with them."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from harness.common import quantities
from harness.common.files import writable
from harness.instruments.arrivals import shapes
from harness.instruments.arrivals.drivers import ENTRIES
from harness.tools.load import client, console, files, run, slo, target
from harness.tools.load.report import Report, report
from harness.workload.script import Constant, Script

WRITERS: dict[str, Callable[[Report, Path], None]] = {
    "json": files.write_json,
    "csv": files.write_csv,
    "hdr": files.write_hdr,
    "html": files.write_html,
}
T = TypeVar("T")


def add_verbs(verbs: Any) -> None:
    """Add `load` to argparse's subparsers."""
    this = verbs.add_parser(
        "load",
        help="put a runtime, a URL or a function under load: 0 good, 1 SLO missed or invalid",
    )
    on = this.add_argument_group("on what").add_mutually_exclusive_group()
    on.add_argument("--runtime", default="floor", help="NAME or module:Class (default: floor)")
    on.add_argument("--call", metavar="module:function", help="a function of a request's number")
    on.add_argument("--url", help="an agent behind HTTP (`python -m harness serve-agent`)")
    this.add_argument("--entry", choices=ENTRIES, help="how a runtime is called (default: asyncio)")
    this.add_argument(
        "--over-http", action="store_true", help="the runtime asks a model server, over a socket"
    )
    this.add_argument(
        "--fault",
        type=quantities.argument(_fault),
        action="append",
        default=[],
        metavar="KIND=SHARE",
        help="of the model server, with --over-http; KIND as told by `serve --help`",
    )
    this.add_argument(
        "--latency",
        type=quantities.duration,
        default=0.0,
        metavar="TIME",
        help="of each model call; of --call: the part of it that is the model's",
    )
    this.add_argument("--tool-rounds", type=int, default=0, metavar="N", help="tool calls a run")
    shapes.add_arguments(this)
    this.add_argument("--timeout", type=quantities.duration, metavar="TIME", help="a request")
    this.add_argument("--cap", type=int, metavar="N", help="in flight at once; others wait")
    this.add_argument(
        "--drain",
        type=quantities.duration,
        default=10.0,
        metavar="TIME",
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


def _fault(text: str) -> tuple[str, float]:
    kind, _, part = text.partition("=")
    return kind, quantities.share(part)


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
        faults = dict(arguments.fault)
        with target.over_http(arguments.runtime, script, entry, faults) as found:
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
