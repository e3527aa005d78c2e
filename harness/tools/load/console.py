"""What a load says in a terminal: a line a second while it runs, a report when it is over."""

import sys
from typing import Any, TextIO

from harness.common.numbers import number, quantity
from harness.rendering.lines import wrap
from harness.rendering.tables import plain
from harness.tools.load import metrics
from harness.tools.load.figures import STATISTICS
from harness.tools.load.report import Report
from harness.tools.load.run import Second

_TAILS = [name for name in STATISTICS if name != "count"]
_ABOVE = ("requests", "errors", "rates")
_BELOW = ("model", "generator", "process", "machine")


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
    data, figures = report.data, report.figures
    head = ["", *("p99.9" if name == "p999" else name for name in _TAILS)]
    rows = [
        [row, *(quantity(figures[f"{row}.{name}"], "seconds") for name in _TAILS)]
        for row in ("latency", "model", "added")
        if row != "model" or figures["model.count"]
    ]
    errors = figures["requests.errors"].items()
    listed = {line: _listed(figures, line) for line in (*_ABOVE, *_BELOW)}
    listed["errors"] = ", ".join(f"{kind} {number(count)}" for kind, count in errors)
    above, below = (
        [f"{line:10} {listed[line]}" for line in lines if listed[line]]
        for lines in (_ABOVE, _BELOW)
    )
    verdicts = [f"{'met   ' if e['met'] else 'MISSED'} SLO {e['text']}" for e in data["slos"]]
    verdicts += [f"INVALID: {reason}" for reason in data["reasons"]] or ["valid"]
    table = [plain(head, rows), ""]
    return wrap("\n".join([_headline(data), "", *above, "", *table, *below, *verdicts]))


def _headline(data: dict[str, Any]) -> str:
    plan = data["plan"]
    words = f"{plan['loop']} loop, {plan['title']}, {quantity(plan['seconds'], 'seconds')}"
    if plan["warmup"]:
        words += f", the first {quantity(plan['warmup'], 'seconds')} warm-up"
    injected = quantity(data["target"]["injected_seconds"], "seconds")
    model = f"; {injected} of each request is the model's" if injected != "0" else ""
    return f"{data['target']['name']}: {words}{model}"


def _listed(figures: metrics.Figures, line: str) -> str:
    found = [(m, figures[m.path]) for m in metrics.METRICS if m.line == line]
    return ", ".join(f"{m.title} {quantity(v, m.unit)}" for m, v in found if v is not None)
