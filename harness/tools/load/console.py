"""What a load says in a terminal: a line a second while it runs, a report when it is over."""

from __future__ import annotations

import sys
from typing import Any, TextIO

from harness.common.numbers import number, quantity
from harness.rendering.lines import wrap
from harness.rendering.tables import plain
from harness.tools.load import metrics
from harness.tools.load.report import Report
from harness.tools.load.run import Second

_TAILS = ("mean", "p50", "p90", "p95", "p99", "p999", "max")
_LISTED = {
    "requests": [
        *(f"requests.{name}" for name in ("due", "sent", "ok", "unsent", "warmup")),
        "error_rate",
        "in_flight",
    ],
    "rates": [f"rates.{name}" for name in ("offered", "achieved", "throughput", "goodput")],
    "generator": [f"lateness.{name}" for name in ("p50", "p99", "max")],
    "process": [f"usage.{name}" for name in ("cpu_mean", "cpu_peak", "rss_peak")],
    "machine": [f"usage.{name}" for name in ("machine_mean", "machine_peak")],
}


class Progress:
    """One line that updates itself in a terminal, one line a second elsewhere."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._ended = 0
        self._width = 0

    def __call__(self, second: Second) -> None:
        """Tell of the last second; meant to be called about once a second."""
        ended, ok = sum(second.ended.values()), second.ended.get("ok", 0)
        parts = (
            f"{second.moment:5.0f} s",
            f"sent {number(second.sent)}",
            f"ok {number(ok)}",
            f"errors {number(ended - ok)}",
            f"in flight {number(second.sent - ended)}",
            f"{number(ended - self._ended)} in the last second",
            f"p95 {quantity(second.p95, 'seconds')}",
            f"CPU {quantity(second.cpu, 'percent')}",
        )
        line = "  ".join(parts)
        self._ended = ended
        if self._live:
            self._stream.write("\r" + line.ljust(self._width))
            self._width = len(line)
        else:
            self._stream.write(line + "\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave the updating line."""
        if self._live and self._width:
            self._stream.write("\n")
            self._stream.flush()


def text(report: Report) -> str:
    """The report for a terminal; the verdict is the last line."""
    data = report.data
    figures = data["figures"]
    head = ["", *("p99.9" if name == "p999" else name for name in _TAILS)]
    rows = [
        [row, *(quantity(figures[row][name], "seconds") for name in _TAILS)]
        for row in ("latency", "added")
    ]
    listed = {title: _listed(figures, paths) for title, paths in _LISTED.items()}
    kinds = figures["requests"]["errors"]
    listed["errors"] = ", ".join(f"{kind} {number(count)}" for kind, count in kinds.items())
    lines = {title: f"{title:10} {told}" for title, told in listed.items() if told}
    above = [lines.pop(title) for title in ("requests", "errors", "rates") if title in lines]
    verdicts = [f"{'met   ' if e['met'] else 'MISSED'} SLO {e['text']}" for e in data["slos"]]
    verdicts += [f"INVALID: {reason}" for reason in data["reasons"]] or ["valid"]
    table = [plain(head, rows), ""]
    return wrap("\n".join([_headline(data), "", *above, "", *table, *lines.values(), *verdicts]))


def _headline(data: dict[str, Any]) -> str:
    plan = data["plan"]
    words = f"{plan['loop']} loop, {plan['title']}, {quantity(plan['seconds'], 'seconds')}"
    if plan["warmup"]:
        words += f", the first {quantity(plan['warmup'], 'seconds')} warm-up"
    injected = quantity(data["target"]["injected_seconds"], "seconds")
    model = f"; {injected} of each request is the model's" if injected != "0" else ""
    return f"{data['target']['name']}: {words}{model}"


def _listed(figures: dict[str, Any], paths: list[str]) -> str:
    known = {metric.path: metric for metric in metrics.METRICS}
    found = [(known[path], metrics.value(figures, path)) for path in paths]
    return ", ".join(f"{m.title} {quantity(v, m.unit)}" for m, v in found if v is not None)
