"""docs/performance-tuning.md: the text of page.md with the figures of docs/tuning-data in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.common.numbers import number, quantity
from harness.rendering.tables import markdown
from studies.tuning.experiment import Experiment
from studies.tuning.summary import Change, change
from studies.tuning.worker import EXPERIMENTS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "performance-tuning.md"
DATA = DOCS / "tuning-data"
TEXT = Path(__file__).with_name("page.md")

HEAD = ("advice", "figure", "before", "after", "after/before", "")
COLUMNS = ("runtime", *HEAD[1:])

Document = dict[str, Any]


def documents() -> list[Document]:
    """All measurements of docs/tuning-data, the floor first; ValueError if there are none."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted(DATA.glob("*.json"))]
    if not found:
        raise ValueError(f"no measurements in docs/{DATA.name}")
    return sorted(found, key=lambda each: (each["runtime"] != "floor", each["runtime"]))


def render(found: Sequence[Document]) -> str:
    """The page. ValueError if its text does not have a place for every experiment, once."""
    text = TEXT.read_text("utf-8")
    places = re.findall(r"^<<(.*)>>$", text, re.M)
    expected = ["machines", "overview", *EXPERIMENTS]
    if sorted(places) != sorted(expected):
        raise ValueError(f"page.md has places for {places}, not for {expected}")
    lines = {"machines": _machines(found), "overview": _overview(found)}
    lines |= {name: _figures(each, found) for name, each in EXPERIMENTS.items()}
    for name, part in lines.items():
        text = text.replace(f"<<{name}>>", "\n".join(part).rstrip("\n"))
    return re.sub(r"<title ([a-z-]+)>", lambda match: EXPERIMENTS[match[1]].title, text)


def rows(document: Document) -> Iterator[tuple[str, ...]]:
    """All of one measurement, a row a figure, for a terminal."""
    for name, told in document["experiments"].items():
        if "before" in told:
            for i, row in enumerate(_changes(EXPERIMENTS[name], told)):
                yield (name if i == 0 else "", *row)
        else:
            reason = told.get("not_measured") or told["error"]
            yield (name, f"n/a: {reason}", "", "", "", "")


def _changes(experiment: Experiment, told: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for i, figure in enumerate(experiment.figures):
        found = change(told["before"][figure.name], told["after"][figure.name])
        yield (
            figure.what,
            quantity(found.before, figure.unit),
            quantity(found.after, figure.unit),
            f"{_ratio(found.ratio)} ({_ratio(found.low)} to {_ratio(found.high)})",
            found.words if i else found.verdict,
        )


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def _name(document: Document) -> str:
    return f"{document['package'] or document['runtime']} {document['version']}".strip()


def _machines(found: Sequence[Document]) -> list[str]:
    head = ("measured", "date", "Python", "machine", "load before", "values")
    return markdown(head, (_machine_row(document) for document in found))


def _machine_row(document: Document) -> tuple[str, ...]:
    machine = document["machine"]
    where = f"{machine['cpu']}, {machine['num_cpu']} CPUs, {machine['ram']}, {machine['os']}"
    file = f"{document['runtime']}.json"
    link = f"[{file}]({DATA.name}/{file})"
    return (
        _name(document),
        document["date"],
        document["python"],
        where,
        number(document["load"]),
        link,
    )


def _overview(found: Sequence[Document]) -> list[str]:
    head = ("advice", *(_name(document) for document in found))
    return markdown(head, (_overview_row(each, found) for each in EXPERIMENTS.values()))


def _overview_row(experiment: Experiment, found: Sequence[Document]) -> tuple[str, ...]:
    anchor = re.sub(r"[^a-z0-9 -]", "", experiment.title.lower()).replace(" ", "-")
    cells = []
    for document in found:
        first = _first(experiment, document)
        cells.append("n/a" if first is None else first.verdict)
    return (f"[{experiment.title}](#{anchor})", *cells)


def _first(experiment: Experiment, document: Document) -> Change | None:
    """The figure that the advice is for; None where it was not measured."""
    told = document["experiments"].get(experiment.name, {})
    if "before" not in told:
        return None
    name = experiment.figures[0].name
    return change(told["before"][name], told["after"][name])


def _figures(experiment: Experiment, found: Sequence[Document]) -> list[str]:
    lines: list[tuple[str, ...]] = []
    missing = []
    for document in found:
        told = document["experiments"].get(experiment.name, {"not_measured": "left out"})
        if "before" in told:
            for i, row in enumerate(_changes(experiment, told)):
                lines.append((_name(document) if i == 0 else "", *row))
        else:
            missing.append(f"{_name(document)}: n/a, {told['not_measured']}.")
    before = f"Before: {experiment.before}. After: {experiment.after}."
    return [before, "", *markdown(COLUMNS, lines), *missing]
