"""How close a model server's latency is to the configured one: `python -m studies.load.accuracy`.

Two sides: the client's, in this process, and the server's own, by its journal.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any

import psutil

from harness.common import quantities
from harness.common.numbers import quantity
from harness.common.options import add_time, progress
from harness.common.stats import percentile
from harness.instruments.arrivals.base import Call
from harness.instruments.arrivals.plan import Closed, Plan
from harness.model_server.process import ModelServer
from harness.rendering.tables import plain
from harness.runtimes.floor.bare_client import BareClient
from harness.tools.load.figures import Measured
from harness.tools.load.run import run
from harness.tools.load.target import Target
from harness.workload.script import Constant, Script, prompt_of
from studies import command

Row = dict[str, Any]

AT_ONCE = (1, 50, 256, 500)
WARM_UP = 0.2
"""Share of a measurement that is dropped at its beginning: connecting, first calls."""


def measure(arguments: argparse.Namespace) -> command.Document:
    """Rows of both sides, one for each number of users."""
    latency, seconds = arguments.latency, arguments.seconds
    if seconds * WARM_UP < latency:
        raise ValueError(f"--seconds must be {1 / WARM_UP:g} times the latency or more")
    document: command.Document = {"latency": latency, "seconds": seconds}
    document |= {"client": [], "server": []}
    with ModelServer(Script(latency=Constant(latency))) as server:
        for users in arguments.at_once:
            progress(f"{users} at once ...")
            server.clear()
            document["client"].append(client_row(server, users, seconds, latency))
            document["server"].append(journal_row(server.journal()["entries"], users))
    return document


def client_row(server: ModelServer, users: int, seconds: float, latency: float) -> Row:
    """The client's side: seconds, requests per second, CPU microseconds per request.

    Users in closed loop, each asking for one plain completion after the other. Their starts are
    spread over the configured latency, or they would all go on in one burst for ever.
    """

    @contextlib.asynccontextmanager
    async def opened() -> AsyncIterator[Call]:
        client = BareClient(f"{server.url}/chat/completions")

        async def call(request: int) -> None:
            if request < users:
                await asyncio.sleep(latency * request / users)
            await client.apost(_body(request))

        yield call

    before = _cpu(server.pid)
    plan = Plan(Closed(users, seconds, warmup=WARM_UP * seconds))
    measured = Measured(run(Target(server.url, opened), plan))
    cpu = _cpu(server.pid) - before
    took, answered = measured.latencies, measured.counts["ok"]
    if not answered:
        raise ValueError(f"no request of {users} users was answered")
    return {
        "at_once": users,
        "answered": answered,
        "failed": measured.counts.total() - answered,
        **{f"p{percent}": percentile(took, percent) for percent in (50, 90, 99)},
        "max": took[-1],
        "rps": answered / (measured.last_end - plan.arrivals.warmup),
        "server_cpu_us": 1e6 * cpu / (answered + measured.warmup),
    }


def journal_row(entries: Sequence[Row], users: int) -> Row:
    """The server's side: seconds from the arrival of a request to its answer.

    late_*: seconds between the moment an answer was due and the moment it was sent.
    """
    answered = [each for each in entries if each["sent_first"] is not None]
    answered = answered[math.ceil(len(answered) * WARM_UP) :]
    delivered = [each["sent_first"] - each["arrived"] for each in answered]
    late = [each["sent_first"] - each["due_first"] for each in answered]
    return {
        "at_once": users,
        "answered": len(answered),
        **{f"p{percent}": percentile(delivered, percent) for percent in (50, 99)},
        **{f"late_p{percent}": percentile(late, percent) for percent in (50, 99)},
    }


def _cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _body(request: int) -> bytes:
    messages = [{"role": "user", "content": prompt_of(request)}]
    return json.dumps({"model": "gpt-4o-mini", "messages": messages}).encode()


_CLIENT = ("at_once", "p50", "p90", "p99", "max", "rps", "server_cpu_us", "failed")
_SERVER = ("at_once", "p50", "p99", "late_p50", "late_p99")
_TITLES = {"rps": "requests", "server_cpu_us": "CPU per request"}
_UNITS = {"at_once": "", "rps": "per second", "failed": ""}
"""Of figures by name; of the others it is seconds."""


def text(document: command.Document) -> str:
    """Both sides for people."""
    client, server = _table(_CLIENT, document["client"]), _table(_SERVER, document["server"])
    return f"as the client sees it\n{client}\n\nby the server's journal\n{server}"


def _table(names: Sequence[str], rows: Sequence[Row]) -> str:
    def cell(name: str, value: float) -> str:
        scaled = value / 1e6 if name.endswith("_us") else value
        return quantity(scaled, _UNITS.get(name, "seconds"))

    titles = [_TITLES.get(name, name.replace("_", " ")) for name in names]
    return plain(titles, [[cell(name, row[name]) for name in names] for row in rows])


def main(argv: Sequence[str] | None = None) -> int:
    """See `command.main`."""
    parser = command.parser("studies.load.accuracy", str(__doc__))
    add_time(parser, "--latency", default=0.05, help="configured (default: 50ms)")
    add_time(parser, "--seconds", default=10.0, help="of each measurement (default: 10s)")
    count = quantities.argument(quantities.count)
    parser.add_argument("--at-once", type=count, nargs="+", default=list(AT_ONCE), metavar="N")
    return command.main(parser, measure, text, argv)


if __name__ == "__main__":
    sys.exit(main())
