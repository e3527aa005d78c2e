"""`python -m studies.model_server.accuracy`: the configured latency against the delivered one.

Two sides: the client's, in this process, and for our own server also its journal. With --url it
measures any OpenAI-compatible server that was told to wait --latency seconds.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from harness.common.files import writable, write
from harness.common.numbers import quantity
from harness.common.stats import percentile
from harness.model_server.process import ModelServer
from harness.model_server.server import run
from harness.rendering.tables import plain
from harness.workload.script import Constant, Script
from studies.model_server import probe

Row = dict[str, Any]

AT_ONCE = (1, 50, 256, 500)


def conditions(latency: float, seconds: float) -> Row:
    """What a figure depends on besides the server."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "latency": latency,
        "seconds": seconds,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": psutil.cpu_count(),
        # Of one minute, before the measurement: other work on the machine is latency, too.
        "load_before": round(os.getloadavg()[0], 2),
    }


def journal_row(entries: Sequence[Row], users: int) -> Row:
    """The server's side: seconds from the arrival of a request to its answer.

    late_*: seconds between the moment an answer was due and the moment it was sent.
    """
    answered = [each for each in entries if each["sent_first"] is not None]
    # As in `probe`: the beginning is dropped.
    answered = answered[math.ceil(len(answered) * probe.WARMUP) :]
    delivered = [each["sent_first"] - each["arrived"] for each in answered]
    late = [each["sent_first"] - each["due_first"] for each in answered]
    return {
        "at_once": users,
        "answered": len(answered),
        "p50": percentile(delivered, 50),
        "p99": percentile(delivered, 99),
        "late_p50": percentile(late, 50),
        "late_p99": percentile(late, 99),
    }


def of_url(url: str, at_once: Sequence[int], seconds: float, latency: float) -> Row:
    """The client's rows of a server that runs already."""
    rows = []
    for users in at_once:
        progress(f"{users} at once ...")
        sample = run(probe.measure(url, users, seconds, latency))
        rows.append(probe.pooled([sample], users))
    return conditions(latency, seconds) | {"url": url, "client": rows}


def of_ours(at_once: Sequence[int], seconds: float, latency: float) -> Row:
    """The client's and the server's rows of our own server, started for it."""
    client, server = [], []
    with ModelServer(Script(latency=Constant(latency))) as ours:
        for users in at_once:
            progress(f"{users} at once ...")
            ours.clear()
            sample = run(probe.measure(ours.url, users, seconds, latency, ours.pid))
            client.append(probe.pooled([sample], users))
            server.append(journal_row(ours.journal()["entries"], users))
    return conditions(latency, seconds) | {"client": client, "server": server}


def progress(line: str) -> None:
    """One line on stderr, so that stdout is the result alone."""
    print(line, file=sys.stderr, flush=True)


_CLIENT = {
    "at_once": ("at once", ""),
    **{name: (name, "seconds") for name in ("p50", "p90", "p99", "max")},
    "rps": ("requests", "per second"),
    "server_cpu_us": ("CPU per request", "seconds"),
    "failed": ("failed", ""),
}
_SERVER = {
    "at_once": ("at once", ""),
    **{
        name: (name.replace("_", " "), "seconds") for name in ("p50", "p99", "late_p50", "late_p99")
    },
}


def table(rows: Sequence[Row]) -> str:
    """Rows of `probe.pooled` for people."""
    micro = [row | {"server_cpu_us": _seconds(row["server_cpu_us"])} for row in rows]
    return _plain(_CLIENT, micro)


def server_table(rows: Sequence[Row]) -> str:
    """Rows of `journal_row` for people."""
    return _plain(_SERVER, rows)


def _plain(columns: dict[str, tuple[str, str]], rows: Sequence[Row]) -> str:
    cells = [[quantity(row[name], unit) for name, (_, unit) in columns.items()] for row in rows]
    return plain([title for title, _ in columns.values()], cells)


def _seconds(micro: float | None) -> float | None:
    return None if micro is None else micro / 1e6


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `accuracy` and `rivals` have in common."""
    parser.add_argument("--latency", type=float, default=0.05, help="configured seconds")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--at-once", type=int, nargs="+", default=list(AT_ONCE), metavar="N")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")


def check(given: argparse.Namespace) -> None:
    """ValueError, one line, for arguments that make no measurement."""
    if not (0 <= given.latency < 60 and given.latency * 2 < given.seconds < 3600):
        raise ValueError("--seconds must be more than twice the latency, and under an hour")
    if min(given.at_once) < 1 or max(given.at_once) > 10_000:
        raise ValueError("--at-once is from 1 to 10000")
    if given.json:
        writable(given.json)


def save(path: Path | None, document: Row) -> None:
    """Write the figures, if they are to be written."""
    if path is not None:
        write(path, json.dumps(document, indent=1) + "\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 2 after one line about bad input."""
    parser = argparse.ArgumentParser(prog="python -m studies.model_server.accuracy")
    parser.add_argument("--url", help="base URL (.../v1) of another server")
    arguments(parser)
    given = parser.parse_args(argv)
    try:
        check(given)
        if given.url:
            document = of_url(given.url, given.at_once, given.seconds, given.latency)
        else:
            document = of_ours(given.at_once, given.seconds, given.latency)
        print(f"seen by the client ({quantity(given.latency, 'seconds')} configured)")
        print(table(document["client"]))
        if "server" in document:
            print("\nby the server's own journal")
            print(server_table(document["server"]))
        save(given.json, document)
    except (ValueError, NotImplementedError) as error:
        print(f"accuracy: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
