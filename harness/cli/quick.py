"""The verb `quick`: the usual headlines of an agent framework in less than a minute.

Everything is measured, by the measures of the benchmarks and by `profile`; nothing is estimated.
The model's latency is injected and known, so each row says what of it is the framework's.
"""

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from harness.common import children, options
from harness.common.numbers import number, quantity
from harness.rendering import tables
from harness.tools import runtime
from harness.tools.profiling.document import ProfileError, take

LATENCY = 0.2
"""Seconds of each model call, but in the profile and in what tracing costs, where it is 0."""

AT_ONCE = (10, 50)
RUNS = 50
LIMIT = 120.0
"""Seconds for one measure."""

Found = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One headline. unit: as in `numbers.quantity`; value None: n/a, says the note.

    limit: the most that is allowed, or the least (`least`); None where there is no target.
    """

    headline: str
    scenario: str
    value: float | None
    unit: str
    note: str
    limit: float | None = None
    least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a value or a target."""
        if self.value is None or self.limit is None:
            return None
        return self.value >= self.limit if self.least else self.value < self.limit

    def cells(self) -> list[str]:
        """As a row of the printed table."""
        sign = ">=" if self.least else "<"
        limit, value = (quantity(each, self.unit) for each in (self.limit, self.value))
        target = "-" if self.limit is None else f"{sign} {limit}"
        verdict = {True: "met", False: "MISSED", None: "-"}[self.met]
        return [self.headline, self.scenario, target, value, verdict, self.note]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    runtime.add_options(parser)
    runtime.add_entry(parser, "asyncio, or threads where the framework has no asyncio")
    options.add_outputs(parser, json="all figures")
    parser.set_defaults(run=quick)


def quick(arguments: argparse.Namespace) -> int:
    """0 every target met, 1 one is missed, 3 nothing was measured."""
    outputs = options.Outputs(arguments)
    session = _Session(arguments.runtime, runtime.interpreter(arguments.runtime, arguments.python))
    entry = arguments.entry or session.entry()
    rows = list(_rows(session, entry))
    print(
        f"\n{session.version or arguments.runtime}, {entry}, on a model of"
        f" {quantity(LATENCY, 'seconds')}: that is injected, the rest is the framework's and the"
        " machine's.\n",
        file=outputs.people,
    )
    titles = ["headline", "scenario", "target", "measured", "verdict", "of which"]
    print(tables.plain(titles, [row.cells() for row in rows]), file=outputs.people)
    about: Found = {"schema": 1, "runtime": arguments.runtime, "version": session.version}
    about |= {"entry": entry, "injected_seconds": LATENCY}
    about |= {"rows": [asdict(row) | {"met": row.met} for row in rows]}
    outputs.write(json=lambda: options.as_json(about))
    if all(row.value is None for row in rows):
        return 3
    return int(any(row.met is False for row in rows))


class _Session:
    """Measures a runtime, each measure in a process of its own, and remembers what it saw."""

    def __init__(self, name: str, python: str) -> None:
        self.name, self.python = name, python
        self.version = ""
        self.memory = 0

    def measure(self, measure: str, **arguments: object) -> Found:
        """Its figures, or the reason why there are none as "error" or "not_measured"."""
        shown = ", ".join(f"{name} {value}" for name, value in arguments.items())
        options.progress(f"measuring {measure}: {shown} ...")
        order = {"runtime": self.name, "measure": measure, "arguments": arguments}
        found: Found = children.attempt(
            "harness.session.quick:perform", order, limit=LIMIT, python=self.python
        )
        self.version = found.get("version", self.version)
        self.memory = max(self.memory, found.get("memory", 0))
        return found

    def entry(self) -> str:
        """The entry point that the framework has, asyncio first."""
        found = self.measure("at_once", entry="asyncio", count=1, latency=0.0)
        return "threads" if "not_measured" in found else "asyncio"

    def profile(self, entry: str) -> Found:
        """The profile of RUNS runs, or the reason why there is none as "error"."""
        kinds = ("cpu", "memory")
        try:
            return take(self.name, kinds, entry=entry, runs=RUNS, python=self.python)
        except ProfileError as error:
            return {"error": str(error)}


def _rows(session: _Session, entry: str) -> Iterator[Row]:
    bursts = {
        count: session.measure("at_once", entry=entry, count=count, latency=LATENCY)
        for count in AT_ONCE
    }
    for count, found in bursts.items():
        yield from _burst(f"{count} at once", count, found)
    yield _errors(bursts)
    for count in AT_ONCE:
        found = session.measure("overlap", entry=entry, count=count, latency=LATENCY)
        times = 1 / found["fraction"] if "fraction" in found else None
        note = _why(found) or f"{count}x is ideal; both measured"
        yield Row("at once over in a row", f"{count} runs", times, "times", note, 5.0, least=True)
    found = session.measure("traced", entry=entry, tool_rounds=0)
    cost = found["ratio"] - 1 if "ratio" in found else None
    note = _why(found) or "CPU time with the framework's tracing over without, taken in turn"
    yield Row("observability", "a reply, no model latency", cost, "share", note, 0.05)
    memory = session.memory or None
    yield Row("memory", "peak of all above", memory, "bytes", "Python and harness, too", 500e6)
    yield from _profiled(session.profile(entry))


def _burst(scenario: str, count: int, found: Found) -> Iterator[Row]:
    added, seconds = found.get("added_p95"), found.get("seconds_per_request")
    whole = None if added is None else LATENCY + added
    parts = (quantity(each, "seconds") for each in (LATENCY, added))
    note = _why(found) or "{} injected, {} added".format(*parts)
    yield Row("p95 latency", scenario, whole, "seconds", note, 0.5)
    rate = 1 / seconds if seconds else None
    note = _why(found) or f"the model allows {quantity(count / LATENCY, 'per second')}"
    yield Row("throughput", scenario, rate, "per second", note, 5.0, least=True)
    share = found["cpu_per_request"] / seconds if seconds else None
    note = _why(found) or "of a core; mostly waiting for the model"
    yield Row("CPU", scenario, share, "share", note, 0.8)


def _errors(bursts: dict[int, Found]) -> Row:
    rates = {count: found["error_rate"] for count, found in bursts.items() if "error_rate" in found}
    failed = sum(round(rate * count) for count, rate in rates.items())
    runs = sum(rates)
    note = f"{failed} of {runs} runs" if runs else "; ".join(map(_why, bursts.values()))
    return Row("errors", "both bursts", failed / runs if runs else None, "share", note, 0.01)


def _profiled(found: Found) -> Iterator[Row]:
    scenario = f"{RUNS} runs, no model latency"
    if "error" in found:
        yield Row("profile", scenario, None, "", found["error"])
        return
    calls, seconds = found["cpu"]["calls"], found["time"]["cpu_seconds"]
    yield Row("calls", scenario, RUNS * calls, "", f"of functions, {number(calls)} per run")
    note = "not profiled; a profiler would be in it"
    yield Row("CPU time", scenario, RUNS * seconds, "seconds", note)
    peak = found["memory"]["peak_bytes"]
    yield Row("memory of a run", scenario, peak, "bytes", "peak above its start")


def _why(found: Found) -> str:
    reason = found.get("not_measured") or found.get("error")
    if reason is None and "error_rate" in found and "added_p95" not in found:
        reason = "runs failed: a latency without them would flatter"
    return reason or ""
