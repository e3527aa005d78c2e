"""What a search has to say: its JSON document, a table in the terminal, a CSV file, a page."""

import csv
import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from harness.common import options
from harness.common.numbers import number, quantity
from harness.rendering import pages
from harness.rendering.lines import wrap
from harness.rendering.tables import plain
from harness.tools.load import metrics
from harness.tools.load.capacity import search
from harness.tools.load.capacity.find import Found
from harness.tools.load.capacity.gave_out import gave_out
from harness.tools.load.capacity.step import Step
from harness.tools.load.judge import LEVELS
from harness.tools.load.target import Target

HERE = Path(__file__).parent
FORMAT = 1

OVER = {
    "budget": "the time ran out (--budget) before both sides of the edge were sure to {precision}",
    "stopped": "stopped by hand: this is what was known by then",
    "limit": "no further rate can be tried",
    "stuck": "the target did not recover from the last step",
}
"""Why a search ended before it was done."""

_COLUMNS = ("p50", "p95", "p99", "max")


class Report:
    """A search and its document. data: as in the JSON file."""

    def __init__(self, target: Target, found: Found, shape: str, budget: float) -> None:
        self.found = found
        edge = found.edge
        self.data: dict[str, Any] = {
            "format": FORMAT,
            "target": {"name": target.name, "injected_seconds": target.injected},
            "slos": [{"name": slo.name, "limit": slo.limit} for slo in found.slos],
            "shape": shape,
            "budget": budget,
            "ended": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "python": found.python,
            "event_loop": found.event_loop,
            "capacity": edge.met,
            "missed": edge.above if self._stands(edge.above) == "missed" else None,
            "interval": [edge.low, edge.high],
            "over": found.over,
            "gave_out": gave_out(found),
            "alone": found.alone,
            "seconds": found.seconds,
            "steps": [_step(step) for step in found.steps],
        }

    def _stands(self, rate: float | None) -> str:
        return search.tallies(self.found.tries)[rate].stands if rate is not None else ""

    @property
    def status(self) -> int:
        """0 if both edges are known; 1 if not; 130 if stopped by hand."""
        return {"found": 0, "stopped": 130}.get(self.found.over, 1)

    @property
    def answer(self) -> dict[str, str]:
        """The capacity, how well it is known, what gave out, and why the search ended."""
        found, edge, data = self.found, self.found.edge, self.data
        capacity = "unknown: no rate met the service levels"
        if edge.met is not None:
            capacity = f"{_rate(edge.met)} ({self._tried(edge.met)})"
        if edge.above is not None:
            capacity += f"; {_rate(edge.above)} {self._tried(edge.above)}"
        low, high = (_rate(each) if each else "unknown" for each in data["interval"])
        steps = f"{len(found.steps)} steps in {quantity(found.seconds, 'seconds')}"
        why = OVER.get(found.over, "").format(precision=f"{100 * (search.PRECISION - 1):.0f} %")
        said = {
            "capacity": capacity,
            "interval": f"{low} to {high}: no try below it missed, none above it met",
            "gave out": data["gave_out"]["text"] if data["gave_out"] else "",
            "search": f"{steps}; {why}" if why else steps,
        }
        return {name: text for name, text in said.items() if text}

    def _tried(self, rate: float, of: str = " of ") -> str:
        tally = search.tallies(self.found.tries)[rate]
        if not (counted := tally.met + tally.missed):
            return f"invalid {tally.invalid}{of}{tally.invalid}"
        return f"{tally.stands or 'open'} {max(tally.met, tally.missed)}{of}{counted}"

    @property
    def title(self) -> str:
        levels = (f"{s.name} <= {quantity(s.limit, LEVELS[s.name].unit)}" for s in self.found.slos)
        return f"{self.data['target']['name']}: {', '.join(levels)}; {self.data['shape']} arrivals"

    @property
    def processes(self) -> list[str]:
        """Whose CPU is known."""
        known = (name for s in self.found.steps for name, used in s.cpu.items() if used is not None)
        return list(dict.fromkeys(known))

    def table(self) -> tuple[list[str], list[list[str]]]:
        """One row for each rate: of its longest step, and how often it was tried."""
        wanted = list(dict.fromkeys(("p50", *(slo.name for slo in self.found.slos))))
        processes = self.processes
        head = ["rate", "verdict", *wanted, "growth", "served", "in flight"]
        head += [f"CPU {name.removeprefix('model ')}" for name in processes]
        rows = []
        for step in by_rate(self.found.steps):
            figures = step.figures
            values = [(figures[LEVELS[name].path], LEVELS[name].unit) for name in wanted]
            values += [(step.growth, "seconds"), (figures["rates.throughput"], "per second")]
            values += [(figures["in_flight"], ""), *((step.cpu[p], "percent") for p in processes)]
            rows.append(
                [
                    _rate(step.rate),
                    self._tried(step.rate, "/"),
                    *(quantity(v, unit) for v, unit in values),
                ]
            )
        return head, rows


def by_rate(steps: Sequence[Step]) -> Iterator[Step]:
    """The longest step of each rate, in ascending order of rates."""
    for rate in sorted({step.rate for step in steps}):
        yield max((step for step in steps if step.rate == rate), key=lambda each: each.seconds)


def text(report: Report) -> str:
    """For a terminal; the answer is below the table."""
    table = [plain(*report.table()), ""] if report.found.steps else []
    answer = (f"{name:10}{text}" for name, text in report.answer.items())
    return wrap("\n".join([report.title, "", *table, *answer]))


def write_json(report: Report, file: IO[str]) -> None:
    file.write(options.as_json(report.data))


def write_csv(report: Report, file: IO[str]) -> None:
    """One row per step, in the order of time; seconds, requests a second, per cent of a core."""
    processes = report.processes
    rows = csv.writer(file, lineterminator="\n")
    head = ("began", "rate", "seconds", "verdict", *_COLUMNS, "growth", "throughput", "error_rate")
    rows.writerow((*head, "in_flight", *(f"cpu {name}" for name in processes), "why"))
    for step in report.found.steps:
        figures = step.figures
        values = (step.began, step.rate, step.seconds, step.verdict)
        tail = (figures[f"latency.{name}"] for name in _COLUMNS)
        more = (step.growth, figures["rates.throughput"], figures["error_rate"])
        used = (step.cpu[name] for name in processes)
        rows.writerow((*values, *tail, *more, figures["in_flight"], *used, "; ".join(step.why)))


def write_html(report: Report, file: IO[str]) -> None:
    """One page with the answer, the knee drawn, and every rate: it opens without a network."""
    found, edge = report.found, report.found.edge
    slo = min((slo for slo in found.slos if slo.group == "latency"), key=lambda each: each.limit)
    path = LEVELS[slo.name].path
    plotted = {
        "steps": [_plotted(step, path) for step in found.steps],
        "knee": [_plotted(step, path) for step in by_rate(found.steps)],
        "limit": slo.limit,
        "level": slo.name,
        "processes": report.processes,
        "met": edge.met,
        "above": edge.above,
    }
    scripts = (*pages.CHARTS, HERE / "knee.js")
    values = {"title": report.title, "answer": report.answer, "rates": report.table()}
    file.write(pages.page(HERE / "capacity.html", plotted, scripts, **report.data | values))


def _plotted(step: Step, path: str) -> dict[str, Any]:
    """path: of the figure that decides."""
    names = {name: step.figures[f"latency.{name}"] for name in ("p50", "p95", "p99")}
    rest = {"throughput": step.figures["rates.throughput"], "in_flight": step.figures["in_flight"]}
    rest |= {"rate": step.rate, "verdict": step.verdict, "cpu": step.cpu}
    return {"level": step.figures[path], **names, **rest}


def _step(step: Step) -> dict[str, Any]:
    named = ("rate", "began", "seconds", "verdict", "why", "growth", "cpu")
    of_step = {name: getattr(step, name) for name in named}
    return of_step | {"slos": step.levels, "figures": metrics.nested(step.figures)}


def _rate(rate: float) -> str:
    return f"{number(rate)}/s"
