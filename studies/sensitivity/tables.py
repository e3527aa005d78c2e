"""Tables of the report: detectors over series, and the spread of values of the same code."""

from __future__ import annotations

from collections.abc import Sequence

from harness.common.numbers import NONE, quantity
from harness.rendering.tables import markdown
from studies.sensitivity import figures
from studies.sensitivity.raw import Record

SERIES = """## Over series

Series of 60 values drawn from the A/A samples, with a step of known height so many commits before
the end. Found means within 3 commits of the true place; false alarms are per series without a step.
asv's publisher reports only steps above its threshold of 5 %. What drew the series and asked the
detectors is no longer here; it is `harness/sensitivity/series.py` in state bab1bd9, which made this
table.
"""


def over_series(records: Sequence[Record]) -> list[str]:
    """What the detectors found in series, in the study of then."""
    found = {
        (r["detector"], r["row"], r["load"], r["step"], r["age"]): r
        for r in records
        if r["kind"] == "series"
    }
    if not found:
        return []
    columns = sorted({(step, age) for *_, step, age in found if step})
    rows = []
    for place in dict.fromkeys(key[:3] for key in found):
        detector, row, load = place
        none = next((r for key, r in found.items() if key[:3] == place and not key[3]), None)
        false = f"{none['false'] / none['series']:.2f}" if none else NONE
        cells = [found.get((*place, *column)) for column in columns]
        shown = [f"{r['hits']} of {r['series']}" if r else NONE for r in cells]
        rows.append([f"{row}, {load}", detector, false, *shown])
    head = ["series", "detector", "false alarms"]
    head += [f"+{100 * step:.0f} %, {age} old" for step, age in columns]
    return [SERIES, *markdown(head, sorted(rows))]


SPREAD = """## Does the ratio hold where the wall clock does not?

The same code measured again and again: (largest - smallest) / median over the clean runs.
"""


def spreads(records: Sequence[Record]) -> list[str]:
    """How far values of the same code lie apart."""
    loads = sorted({r["load"] for r in records if r["kind"] == "values"}, reverse=True)
    by_load = {load: figures.by_label(records, load) for load in loads}
    rows = []
    for label in sorted({label for values in by_load.values() for label in values}):
        each = [by_load[load].get(label, []) for load in loads]
        every = [value for values in each for value in values]
        rows.append([f"`{label}`", str(len(every)), *map(_spread, [*each, every])])
    head = ["benchmark", "runs", *loads, "over all"]
    return [SPREAD, *markdown(head, rows)] if rows else []


def _spread(values: Sequence[float]) -> str:
    return quantity(figures.spread(values), "share") if len(values) > 1 else NONE
