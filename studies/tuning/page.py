"""docs/performance-tuning.md: the text of page.md with the figures of docs/tuning-data in it."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from harness.common.numbers import number, quantity
from harness.rendering.pages import markdown_page
from harness.rendering.tables import markdown, plain
from studies.tuning.rounds import change, enclosing
from studies.tuning.worker import EXPERIMENTS

TEXT = Path(__file__).with_name("page.md")
HEAD = ("figure", "before", "after", "after/before", "")
UNITS = {"bytes": "bytes", "requests": "count"}
"""Of figures by name; of the others it is seconds."""

Document = dict[str, Any]
Row = tuple[str, ...]
_LEFT_OUT = {"not_measured": "left out"}


def documents(docs: Path) -> list[Document]:
    """All measurements of a folder's tuning-data, the floor first; ValueError if there are none."""
    paths = (docs / "tuning-data").glob("*.json")
    found = [json.loads(path.read_text("utf-8")) for path in paths]
    if not found:
        raise ValueError("no measurements in tuning-data")
    return sorted(found, key=lambda each: (each["runtime"] != "floor", each["runtime"]))


def render(measured: Sequence[Document]) -> str:
    return markdown_page(
        TEXT,
        measured=measured,
        names=[*map(_name, measured)],
        number=number,
        verdicts=partial(_verdicts, measured),
        intervals=_intervals(),
        figures=partial(_figures, measured),
    )


def text(document: Document) -> str:
    """All of one measurement, a row per figure, for a terminal."""
    rows: list[Row] = []
    for name, both in document["experiments"].items():
        rows += _rows(both, name) or [(name, f"n/a: {both['not_measured']}", "", "", "", "")]
    return plain(("advice", *HEAD), rows)


def _rows(both: dict[str, Any], first: str, words: Mapping[str, str] | None = None) -> list[Row]:
    """A row per figure, the first one with `first`; none where it was not measured."""
    rows: list[Row] = []
    for name, before in both.get("before", {}).items():
        found, unit = change(before, both["after"][name]), UNITS.get(name, "seconds")
        ratio = f"{_ratio(found.ratio)} ({_ratio(found.low)} to {_ratio(found.high)})"
        sides = (quantity(found.before, unit), quantity(found.after, unit))
        verdict = found.words if rows else found.verdict
        word = words[name] if words else name
        rows.append(("" if rows else first, word, *sides, ratio, verdict))
    return rows


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def _intervals() -> str:
    """What the intervals of the page cover, for each number of rounds that an experiment has."""
    counts = sorted({rounds for _, rounds in EXPERIMENTS.values()})
    return ", ".join(f"{100 * enclosing(count)[1]:.1f} % with {count}" for count in counts)


def _name(document: Document) -> str:
    return f"{document['package'] or document['runtime']} {document['version']}".strip()


def _verdicts(found: Sequence[Document], name: str) -> list[str]:
    """On what the advice of an experiment is for, by runtime."""
    each = [_rows(document["experiments"].get(name, _LEFT_OUT), "") for document in found]
    return [rows[0][-1] if rows else "n/a" for rows in each]


def _figures(found: Sequence[Document], name: str, before: str, after: str, **words: str) -> str:
    """The table of an experiment; before, after: the two ways; words: what each figure is."""
    rows: list[Row] = []
    for document in found:
        both = document["experiments"].get(name, _LEFT_OUT)
        missing = f"n/a: {both.get('not_measured')}"
        rows += _rows(both, _name(document), words) or [(_name(document), missing, *[""] * 4)]
    figure, _, _, *rest = HEAD
    head = ("runtime", figure, f"before: {before}", f"after: {after}", *rest)
    return "\n".join(markdown(head, rows)).rstrip("\n")
