"""The usual headline targets of an agent load test, and what is left of them measured honestly.

A report that times a sleeping model and calls the sum the framework's latency meets any target
by the choice of the sleep. Here the model's wait is known and taken away first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.common.numbers import change, number, quantity
from harness.rendering.tables import markdown
from harness.report.sections import speedup
from harness.results.figures import Figure
from harness.results.series import Series

CLAIMING = "greenlang"  # the runtime whose own "Phase 3" report made the claims
SLOW_MODEL = 0.2  # seconds a call, as in benchmarks/scaling.py


Row = tuple[str, str, bool | None]  # scenario, shown value, target met (None: there is none)


@dataclass(frozen=True)
class Headline:
    """A target, what was claimed, and the measured answer.

    measure: the rows of a series; none where it was not measured.
    """

    what: str
    target: str
    claimed: str
    measure: Callable[[Series], list[Row]]


def headlines(series: Series) -> list[str]:
    """The table of headline targets; claims only beside the framework that made them."""
    with_claims = series.runtime == CLAIMING
    rows = []
    for line in HEADLINES:
        for scenario, shown, met in line.measure(series) or [("", "not measured", None)]:
            verdict = {True: "met", False: "missed", None: "-"}[met]
            claim = [line.claimed] if with_claims else []
            rows.append([line.what, line.target, *claim, shown, scenario, verdict])
    claim = ["claimed"] if with_claims else []
    lines = [
        "The targets are those of a usual load test. They say little: any framework meets most of "
        "them, because what they bound is the model. Latency targets are held against the whole.",
        "",
    ]
    if with_claims:
        lines += [
            "*Claimed* is what GreenLang's own performance report gives. Its latency contains the "
            f"{quantity(SLOW_MODEL, 'seconds')} that its stand-in for a model sleeps; its speedups "
            "and its overhead of observability are estimates.",
            "",
        ]
    head = ["headline", "target", *claim, "measured", "scenario", "verdict"]
    return lines + markdown(head, rows)


def _bursts(
    series: Series, name: str, axis: str, shown: Callable[[Figure], tuple[str, bool]]
) -> list[Row]:
    rows: list[Row] = []
    for entry in series.values(name, "entry"):
        for count in series.values(name, axis):
            found = series.newest.get(name, series.runtime, entry, count)
            if found is not None:
                rows.append((f"{count} at once, {entry}", *shown(found)))
    return rows


def _p95(series: Series) -> list[Row]:
    return _bursts(series, "scaling.SlowModel.track_added_p95", "at_once", _beside_the_model(0.5))


def _p99(series: Series) -> list[Row]:
    name, shown = "latency.Added.track_p99", _beside_the_model(1.0)
    rows: list[Row] = []
    for entry in series.values(name, "entry"):
        found = series.newest.get(name, series.runtime, entry, SLOW_MODEL)
        if found is not None:
            rows.append((f"arrivals 5 ms apart, {entry}", *shown(found)))
    return rows


def _beside_the_model(target: float) -> Callable[[Figure], tuple[str, bool]]:
    """Shows added latency, and the whole as a report that leaves the model in would."""

    def shown(found: Figure) -> tuple[str, bool]:
        whole = SLOW_MODEL + found.value
        text = f"{quantity(found.value, 'seconds')} added ({quantity(whole, 'seconds')} in all)"
        return text, whole < target

    return shown


def _throughput(series: Series) -> list[Row]:
    name = "scaling.SlowModel.track_seconds_per_request"
    return _bursts(
        series, name, "at_once", lambda each: (f"{number(1 / each.value)} RPS", 1 / each.value > 5)
    )


def _errors(series: Series) -> list[Row]:
    name = "scaling.AtOnce.track_error_rate"
    found = list(_of(series, name))
    if not found:
        return []
    worst = max(one.value for one in found)
    return [(f"worst of {len(found)} bursts", quantity(worst, "share"), worst < 0.01)]


def _speedups(series: Series) -> list[Row]:
    name = "speedup.Overlap.track_fraction"
    return _bursts(series, name, "runs", lambda one: (speedup(one), one.value <= 1 / 5))


def _cpu(series: Series) -> list[Row]:
    rows: list[Row] = []
    cpu, wall = (f"scaling.AtOnce.track_{what}_per_request" for what in ("cpu_seconds", "seconds"))
    for entry in series.values(cpu, "entry"):
        for count in series.values(cpu, "at_once"):
            used, took = (
                series.newest.get(one, series.runtime, entry, count) for one in (cpu, wall)
            )
            if used and took and took.value > 0:
                share = used.value / took.value
                text = f"{quantity(share, 'share')} of a core"
                rows.append((f"{count} at once, {entry}", text, share < 0.8))
    return rows


def _tracing(series: Series) -> list[Row]:
    name = "observability.Traced.track_over_untraced"
    rows: list[Row] = []
    for entry in series.values(name, "entry"):
        for rounds in series.values(name, "tool_rounds"):
            found = series.newest.get(name, entry, rounds)
            if found is not None:
                text = change(found.value - 1)
                rows.append((f"{rounds} tool rounds, {entry}", text, found.value < 1.05))
    return rows


def _memory(series: Series) -> list[Row]:
    found = list(_of(series, "scaling.AtOnce.peakmem_burst"))
    if not found:
        return []
    worst = max(one.value for one in found)
    return [(f"worst of {len(found)} bursts", quantity(worst, "bytes"), worst < 500e6)]


def _calls(series: Series) -> list[Row]:
    name = "latency.Counted.track_calls"
    rows: list[Row] = []
    for entry in series.values(name, "entry"):
        found = series.newest.get(name, series.runtime, entry, 0)
        timed = series.newest.get("latency.Run.time_run", series.runtime, entry, 0)
        if found is not None and timed is not None:
            text = f"{number(50 * found.value)} calls, {quantity(50 * timed.value, 'seconds')}"
            rows.append((f"50 runs without model, {entry}", text, None))
    return rows


def _of(series: Series, name: str) -> Iterable[Figure]:
    table = series.newest.figures.get(name, {})
    return (one for params, one in table.items() if params[0] == series.runtime)


HEADLINES = (
    Headline("p95 latency", "< 500 ms", "208 to 220 ms", _p95),
    Headline("p99 latency", "< 1000 ms", "-", _p99),
    Headline("throughput", "> 5 RPS", "47.91 RPS (10), 222.97 RPS (50)", _throughput),
    Headline("errors", "< 1 %", "0 %", _errors),
    Headline(
        "speedup of running at once", "at least 5x", "9.9x (10), 49.9x (50), estimated", _speedups
    ),
    Headline("CPU", "< 80 %", "25.8 %", _cpu),
    Headline("memory", "< 500 MB", "61.7 MB", _memory),
    Headline("overhead of observability", "< 5 %", "about 3 %, estimated", _tracing),
    Headline("profile of 50 runs", "-", "53,621 calls, 10.31 s", _calls),
)
