"""A load that Locust's processes share: its options, which are those of `load`, and its report."""

from collections.abc import Mapping
from typing import Any

from harness.common.files import whole, writable
from harness.instruments.arrivals import shapes
from harness.instruments.arrivals.plan import Plan, arrivals
from harness.tools.agent_server.load import EXCHANGES
from harness.tools.agent_server.shares import Gathered, together
from harness.tools.load import cli, console, judge
from harness.tools.load.report import Report, report
from harness.tools.load.run import Outcome
from harness.tools.load.target import Target

FILES = {"summary": "json", "page": "html", "rows": "csv", "percentiles": "hdr"}
"""Options for files, and the writers of `harness load` that write them."""


def add_arguments(parser: Any) -> None:
    """The options of `python -m harness load`, as far as Locust has no other of that name."""
    this = parser.add_argument_group("agent")
    shapes.add_schedule(this)
    shapes.add_limits(this)
    this.add_argument("--slo", default="", help="service levels: p95=500ms,errors=1%%")
    this.add_argument(
        "--exchange",
        choices=sorted(EXCHANGES),
        default="agent",
        help="what --host is: a served agent, or an OpenAI-compatible model (default: agent)",
    )
    for name, like in FILES.items():
        this.add_argument(f"--{name}", default="", help=f"as --{like} of `harness load`")


def plan(given: Any) -> Plan:
    """The whole load. Raises ValueError, one line, if the options make none."""
    due, _ = shapes.schedule(given)
    loop = arrivals(due, given.duration, given.warmup)
    return Plan(loop, given.timeout, given.cap, given.drain)


def check(given: Any) -> None:
    """Raise ValueError, one line, for options that make no load."""
    plan(given)
    for slo in _slos(given):
        if slo.group == "usage":
            raise ValueError(f"SLO {slo.name!r} is of one process, not of many: see GET /stats")
    for path in filter(None, (getattr(given, name) for name in FILES)):
        writable(path)


def _slos(given: Any) -> list[judge.Slo]:
    return judge.read(given.slo) if given.slo else []


def tell(given: Any, host: str, parts: Mapping[str, Gathered], stopped: float | None) -> int:
    """Say how the load went, and write the files that were asked for; the exit status.

    parts: what each process has reported; stopped: seconds in, if the load was stopped by hand.
    """
    made = _report(given, host, parts, stopped)
    for name, each in parts.items():
        failed = len(each.records) - each.records.counts["ok"]
        print(f"{name}: {len(each.records):,} requests, {failed:,} failed")
    print(console.text(made))
    for name, like in FILES.items():
        if path := getattr(given, name):
            with whole(path) as file:
                cli.WRITERS[like](made, file)
    return made.status


def _report(given: Any, host: str, parts: Mapping[str, Gathered], stopped: float | None) -> Report:
    outcome = Outcome(plan(given), together(parts.values()), cap=given.cap, event_loop="gevent")
    outcome.peak = sum(each.peak for each in parts.values())
    outcome.stopped_at = stopped
    injected = max((each.injected or 0.0 for each in parts.values()), default=0.0)
    count = f"{len(parts)} process{'es' if len(parts) > 1 else ''}"
    name, settings = shapes.described(given)
    on = Target(f"{host}, by Locust in {count}", injected=injected)
    made = report(on, outcome, shapes.worded(name, settings), _slos(given))
    for process, each in parts.items():
        if not each.is_done and stopped is None:
            unknown = each.expected - len(each.records)
            made.data["reasons"].append(f"{process} ended early: {unknown:,} requests are unknown")
            made.data["verdict"] = "invalid"
    return made
