"""What a load says in a terminal: a line a second while it runs, a report when it is over."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, TextIO

from harness.common.quantities import told
from harness.tools.load import metrics
from harness.tools.load.report import Report
from harness.tools.load.run import Second

_ROWS = ("latency", "added")
_TAILS = ("mean", "p50", "p90", "p95", "p99", "p999", "max")


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
            f"sent {second.sent:,}",
            f"ok {ok:,}",
            f"errors {ended - ok:,}",
            f"in flight {second.sent - ended:,}",
            f"{ended - self._ended:,} in the last second",
            f"p95 {told(second.p95, 'seconds')}",
            f"CPU {second.cpu:.0f} %",
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
    lines = [_headline(data), "", _counts(figures), *_errors(figures), _rates(figures), ""]
    lines += _table(figures)
    lines += ["", _listed("generator", figures, "lateness.p50", "lateness.p99", "lateness.max")]
    if figures["usage"] is not None:
        lines.append(_listed("process", figures, *_usage("cpu_mean", "cpu_peak", "rss_peak")))
        lines.append(_listed("machine", figures, *_usage("machine_mean", "machine_peak")))
    lines += [
        f"{'met   ' if each['met'] else 'MISSED'} SLO {each['text']}" for each in data["slos"]
    ]
    lines += [f"INVALID: {reason}" for reason in data["reasons"]]
    return "\n".join(lines if data["reasons"] else [*lines, "valid"])


def _headline(data: dict[str, Any]) -> str:
    plan = data["plan"]
    words = f"{plan['loop']} loop, {plan['title']}, {plan['seconds']:g} s"
    if plan["warmup"]:
        words += f", the first {plan['warmup']:g} s warm-up"
    injected = data["target"]["injected_seconds"]
    model = f"; {told(injected, 'seconds')} of each request is the model's" if injected else ""
    return f"{data['target']['name']}: {words}{model}"


def _counts(figures: dict[str, Any]) -> str:
    paths = [f"requests.{name}" for name in ("due", "sent", "ok", "unsent", "warmup")]
    return _listed("requests", figures, *paths, "error_rate", "in_flight")


def _errors(figures: dict[str, Any]) -> list[str]:
    kinds = figures["requests"]["errors"]
    listed = ", ".join(f"{kind} {count:,}" for kind, count in kinds.items())
    return [f"{'errors':10} {listed}"] if kinds else []


def _rates(figures: dict[str, Any]) -> str:
    paths = [f"rates.{name}" for name in ("offered", "achieved", "throughput", "goodput")]
    return _listed("rates", figures, *paths)


def _usage(*names: str) -> Sequence[str]:
    return [f"usage.{name}" for name in names]


def _listed(title: str, figures: dict[str, Any], *paths: str) -> str:
    found = [(metric, metrics.value(figures, metric.path)) for metric in map(_metric, paths)]
    parts = [f"{m.title} {told(value, m.unit)}" for m, value in found if value is not None]
    return f"{title:10} {', '.join(parts)}"


def _metric(path: str) -> metrics.Metric:
    return next(metric for metric in metrics.METRICS if metric.path == path)


def _table(figures: dict[str, Any]) -> list[str]:
    head = "".join(f"{'p99.9' if name == 'p999' else name:>10}" for name in _TAILS)
    lines = [f"{'':10}{head}"]
    for row in _ROWS:
        cells = "".join(f"{told(figures[row][name], 'seconds'):>10}" for name in _TAILS)
        lines.append(f"{row:10}{cells}")
    return lines
