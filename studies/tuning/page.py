"""docs/performance-tuning.md: the text of page.md with the figures of docs/tuning-data in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template

from harness.common.numbers import number, quantity
from harness.rendering.tables import markdown, plain
from studies.rounds import change, enclosing
from studies.tuning.experiment import Experiment
from studies.tuning.worker import EXPERIMENTS

TEXT = Path(__file__).with_name("page.md")
DATA = "tuning-data"
HEAD = ("figure", "before", "after", "after/before", "")

Document = dict[str, Any]


def documents(docs: Path) -> list[Document]:
    """All measurements of a folder's tuning-data, the floor first; ValueError if there are none."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted((docs / DATA).glob("*.json"))]
    if not found:
        raise ValueError(f"no measurements in {DATA}")
    return sorted(found, key=lambda each: (each["runtime"] != "floor", each["runtime"]))


def render(found: Sequence[Document]) -> str:
    """The page."""
    template = Template(TEXT.read_text("utf-8"), undefined=StrictUndefined)
    made: str = template.render(
        machines=_lines(("measured", "date", *_MACHINE, "values"), map(_machine_row, found)),
        overview=_lines(("advice", *map(_name, found)), _overview(found)),
        intervals=_intervals(),
        title={name: each.title for name, each in EXPERIMENTS.items()},
        figures={name: _figures(each, found) for name, each in EXPERIMENTS.items()},
    )
    return made + "\n"


def text(document: Document) -> str:
    """All of one measurement, a row per figure, for a terminal."""
    rows: list[tuple[str, ...]] = []
    for name, told in document["experiments"].items():
        rows += _told(EXPERIMENTS[name], told, name)
        if "before" not in told:
            rows.append((name, f"n/a: {told['not_measured']}", "", "", "", ""))
    return plain(("advice", *HEAD), rows)


def _told(
    experiment: Experiment, told: dict[str, Any], first: str = ""
) -> Iterator[tuple[str, ...]]:
    """A row per figure, the first one with `first`; none where it was not measured."""
    for i, figure in enumerate(experiment.figures if "before" in told else ()):
        found = change(told["before"][figure.name], told["after"][figure.name])
        yield (
            "" if i else first,
            figure.what,
            quantity(found.before, figure.unit),
            quantity(found.after, figure.unit),
            f"{_ratio(found.ratio)} ({_ratio(found.low)} to {_ratio(found.high)})",
            found.words if i else found.verdict,
        )


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def _intervals() -> str:
    """What the intervals of the page cover, for each number of rounds that an experiment has."""
    counts = sorted({each.rounds for each in EXPERIMENTS.values()})
    return ", ".join(f"{100 * enclosing(count)[1]:.1f} % with {count}" for count in counts)


_MACHINE = ("Python", "machine", "load before")
_LEFT_OUT = {"not_measured": "left out"}


def _name(document: Document) -> str:
    return f"{document['package'] or document['runtime']} {document['version']}".strip()


def _machine_row(document: Document) -> tuple[str, ...]:
    machine, file = document["machine"], f"{document['runtime']}.json"
    where = f"{machine['cpu']}, {machine['num_cpu']} CPUs, {machine['ram']}, {machine['os']}"
    told = (document["python"], where, number(document["load"]), f"[{file}]({DATA}/{file})")
    return (_name(document), document["date"], *told)


def _overview(found: Sequence[Document]) -> Iterator[tuple[str, ...]]:
    """A row per experiment: the verdict on what its advice is for, by runtime."""
    for name, each in EXPERIMENTS.items():
        anchor = re.sub(r"[^a-z0-9 -]", "", each.title.lower()).replace(" ", "-")
        rows = [
            next(_told(each, document["experiments"].get(name, _LEFT_OUT)), None)
            for document in found
        ]
        yield (f"[{each.title}](#{anchor})", *(row[-1] if row else "n/a" for row in rows))


def _figures(experiment: Experiment, found: Sequence[Document]) -> str:
    rows: list[tuple[str, ...]] = []
    missing = []
    for document in found:
        told = document["experiments"].get(experiment.name, _LEFT_OUT)
        rows += _told(experiment, told, _name(document))
        if "before" not in told:
            missing.append(f"{_name(document)}: n/a, {told['not_measured']}.")
    before = f"Before: {experiment.before}. After: {experiment.after}."
    return "\n".join([before, "", *markdown(("runtime", *HEAD), rows), *missing]).rstrip("\n")


def _lines(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    return "\n".join(markdown(head, rows)[:-1])
