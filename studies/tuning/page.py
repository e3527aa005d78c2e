"""docs/performance-tuning.md: the text of page.md with the figures of docs/tuning-data in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template

from harness.common.numbers import number, quantity
from harness.rendering.tables import markdown, plain
from studies.rounds import change, enclosing
from studies.tuning.worker import EXPERIMENTS

TEXT = Path(__file__).with_name("page.md")
DATA = "tuning-data"
HEAD = ("figure", "before", "after", "after/before", "")
UNITS = {"bytes": "bytes", "requests": "count"}
"""Of figures by name; of the others it is seconds."""

Document = dict[str, Any]
Row = tuple[str, ...]
_LEFT_OUT = {"not_measured": "left out"}


def documents(docs: Path) -> list[Document]:
    """All measurements of a folder's tuning-data, the floor first; ValueError if there are none."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted((docs / DATA).glob("*.json"))]
    if not found:
        raise ValueError(f"no measurements in {DATA}")
    return sorted(found, key=lambda each: (each["runtime"] != "floor", each["runtime"]))


def render(measured: Sequence[Document]) -> str:
    """The page."""
    text = TEXT.read_text("utf-8")
    # By title: a section is of the experiment whose figures it shows.
    shown = re.compile(r'{{ figures\("(.+?)"')
    titles = {
        section.partition("\n")[0]: found[1]
        for section in text.split("\n## ")
        if (found := shown.search(section))
    }
    made: str = Template(text, undefined=StrictUndefined).render(
        machines=_lines(("measured", "date", *_MACHINE, "values"), map(_machine_row, measured)),
        overview=_lines(("advice", *map(_name, measured)), _overview(titles, measured)),
        intervals=_intervals(),
        figures=partial(_figures, measured),
    )
    return made + "\n"


def text(document: Document) -> str:
    """All of one measurement, a row per figure, for a terminal."""
    rows: list[Row] = []
    for name, told in document["experiments"].items():
        rows += _rows(told, name) or [(name, f"n/a: {told['not_measured']}", "", "", "", "")]
    return plain(("advice", *HEAD), rows)


def _rows(told: dict[str, Any], first: str, words: Mapping[str, str] | None = None) -> list[Row]:
    """A row per figure, the first one with `first`; none where it was not measured."""
    rows: list[Row] = []
    for name, before in told.get("before", {}).items():
        found, unit = change(before, told["after"][name]), UNITS.get(name, "seconds")
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
    counts = sorted({each.rounds for each in EXPERIMENTS.values()})
    return ", ".join(f"{100 * enclosing(count)[1]:.1f} % with {count}" for count in counts)


_MACHINE = ("Python", "machine", "load before")


def _name(document: Document) -> str:
    return f"{document['package'] or document['runtime']} {document['version']}".strip()


def _machine_row(document: Document) -> Row:
    machine, file = document["machine"], f"{document['runtime']}.json"
    where = f"{machine['cpu']}, {machine['num_cpu']} CPUs, {machine['ram']}, {machine['os']}"
    told = (document["python"], where, number(document["load"]), f"[{file}]({DATA}/{file})")
    return (_name(document), document["date"], *told)


def _overview(titles: Mapping[str, str], found: Sequence[Document]) -> Iterator[Row]:
    """A row per section: the verdict on what its advice is for, by runtime."""
    for title, name in titles.items():
        anchor = re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        each = [_rows(document["experiments"].get(name, _LEFT_OUT), "") for document in found]
        yield (f"[{title}](#{anchor})", *(rows[0][-1] if rows else "n/a" for rows in each))


def _figures(found: Sequence[Document], name: str, **words: str) -> str:
    """The table of an experiment; words: what each figure is."""
    rows, missing = [], []
    for document in found:
        told = document["experiments"].get(name, _LEFT_OUT)
        rows += _rows(told, _name(document), words)
        if "before" not in told:
            missing.append(f"{_name(document)}: n/a, {told['not_measured']}.")
    return "\n".join([*markdown(("runtime", *HEAD), rows), *missing]).rstrip("\n")


def _lines(head: Sequence[str], rows: Iterator[Row]) -> str:
    return "\n".join(markdown(head, rows)[:-1])
