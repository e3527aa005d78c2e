"""Tables of the report: detectors over series, and the spread of values of the same code."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from studies.sensitivity import figures
from studies.sensitivity.raw import Record
from studies.sensitivity.series import LENGTH, WITHIN


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; text to the left, everything else to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


SERIES = """## Over series

Series of {length} values drawn from the A/A samples, with a step of known height so many commits
before the end. Found means within {within} commits of the true place; false alarms are per series
without a step. asv's publisher reports only steps above its threshold of 5 %.
"""


def over_series(records: Sequence[Record]) -> str:
    """What the detectors found in series."""
    latest = {
        (r["detector"], r["row"], r["load"], r["step"], r["age"]): r
        for r in records
        if r["kind"] == "series"
    }
    missing = [r["note"] for r in records if r["kind"] == "no series"]
    if not latest:
        return f"## Over series\n\nn/a: {missing[-1]}\n" if missing else ""
    columns = sorted({(step, age) for *_, step, age in latest if step})
    rows = []
    for place in dict.fromkeys(key[:3] for key in latest):
        detector, row, load = place
        none = [r for key, r in latest.items() if key[:3] == place and not key[3]]
        false = f"{none[0]['false'] / none[0]['series']:.2f}" if none else "n/a"
        cells = [latest.get((*place, *column)) for column in columns]
        shown = [f"{r['hits']} of {r['series']}" if r else "n/a" for r in cells]
        rows.append([f"{row}, {load}", detector, false, *shown])
    head = ["series", "detector", "false alarms"]
    head += [f"+{100 * step:.0f} %, {age} old" for step, age in columns]
    text = SERIES.format(length=LENGTH, within=WITHIN) + "\n" + table(head, sorted(rows))
    return text + (f"\nn/a: {missing[-1]}\n" if missing else "")


SPREAD = """## Does the ratio hold where the wall clock does not?

The same code measured again and again: (largest - smallest) / median over the clean runs.
"""


def spreads(records: Sequence[Record]) -> str:
    """How far values of the same code lie apart."""
    loads = sorted({r["load"] for r in records if r["kind"] == "values"}, reverse=True)
    by_load = {load: figures.by_label(records, load) for load in loads}
    labels = sorted({label for values in by_load.values() for label in values})
    rows = []
    for label in labels:
        cells = []
        for load in loads:
            values = by_load[load].get(label, [])
            cells.append(_percent(figures.spread(values)) if len(values) > 1 else "n/a")
        both = [v for load in loads for v in by_load[load].get(label, [])]
        cells.append(_percent(figures.spread(both)) if len(both) > 1 else "n/a")
        rows.append([f"`{label}`", str(len(both)), *cells])
    head = ["benchmark", "runs", *loads, "over all"]
    return SPREAD + "\n" + table(head, rows) if rows else ""


def _percent(share: float) -> str:
    return "n/a" if math.isnan(share) else f"{rounded(100 * share)} %" if share else "0"


def rounded(percent: float) -> str:
    """A percentage with as many digits as mean something."""
    return f"{percent:.0f}" if percent >= 10 else f"{percent:.2g}"
