"""The verb `findings`: every change over all histories that the instrument is sure of.

JSON, keys that stay: `schema` (1) and `findings`, newest first, each with `target`, `project`,
`base` and `head` (titles), `commits` (both hashes), `date` (of the head), `machine`, `environment`,
`sentence`, `rows` (the most telling first; each `label`, `grade`, `unit`, `old`, `new`, `change`:
relative, null from zero; `interval` or null), `functions` (each `name`, `old` and `new` calls, in
the row `located`), `packages` (that changed beside it) and `between` (releases not measured between
the two, or null).
"""

from __future__ import annotations

import argparse
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.check import steps
from harness.check.changes import Change, changes
from harness.check.judge import Verdict
from harness.check.report import interval
from harness.common import options, quantities
from harness.common.numbers import change, number, quantity
from harness.rendering.lines import wrap
from harness.rendering.pages import markdown_page
from harness.rendering.tables import markdown as markdown_table
from harness.results.target import configurations

SMALL = math.log(1.1)
"""Of the most telling row; a smaller change gets a line, and so does one of the import alone."""
FOLD = 3.0
EXAMPLES = 2
PACKAGES = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb `findings`."""
    parser.add_argument("--since", type=_day, metavar="DATE", help="such as 2026-04-01")
    parser.add_argument(
        "--target", action="append", default=[], metavar="T", help="only this one; may be repeated"
    )
    options.add_outputs(parser, json="all findings", markdown="the page, such as docs/findings.md")
    parser.set_defaults(run=_findings)


@quantities.argument
def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"a day is written 2026-04-01, not {text!r}") from None


def _findings(arguments: argparse.Namespace) -> None:
    outputs = options.Outputs(arguments)
    found = findings(configurations(arguments.target), arguments.since)
    text = "\n\n".join(wrap("\n".join(lines(each))) for each in found)
    print(text or "no finding", file=outputs.people)
    outputs.write(json=lambda: as_json(found), markdown=lambda: page(found))


def findings(configs: dict[str, Path], since: datetime | None = None) -> list[Change]:
    """All changes, newest first; of another Python only where it shows what the first does not."""
    every = [each for name, config in configs.items() for each in changes(name, config)]
    kept: list[Change] = []
    seen: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for each in every:
        labels = {verdict.row.label for verdict in each.rows}
        known = seen[each.commits]
        if (since is None or each.date >= since) and not labels <= known:
            kept.append(each)
        known |= labels
    return sorted(kept, key=lambda each: (each.date, each.project), reverse=True)


def is_small(found: Change) -> bool:
    """Whether one line is enough."""
    first = found.rows[0]
    return steps.size(first) < SMALL or first.row.benchmark.startswith("startup.Import.")


def sentence(found: Change) -> str:
    """What changed most, and by how much."""
    first = found.rows[0]
    row, relative = first.row, first.change or 0.0
    old, new = (quantity(side.value, row.unit) for side in (row.base, row.head))
    ways = ("rose", "fell") if relative > 0 else ("fell", "rose")
    if math.isinf(relative):
        moved = f"{ways[0]} from {old} to {new}"
    elif relative + 1 >= FOLD:
        moved = f"{ways[0]} {number(relative + 1)}-fold, from {old} to {new}"
    else:
        moved = f"{ways[0]} by {quantity(abs(relative), 'share')}, from {old} to {new}"
    about = found.about + "," * ("," in found.about)
    values = ", ".join(_parameter(*each) for each in row.named.items() if each[0] != "runtime")
    # What has neither says itself that it is the best of some processes.
    sure = "exact" if row.repeats or row.grade == "virtual" else ""
    sure = f"99 % interval {interval(first.interval)}" if row.is_noisy else sure
    of = "; ".join(filter(None, [values, sure]))
    return f"{about} {moved}" + f" ({of})" * bool(of) + "."


def _parameter(name: str, value: str) -> str:
    bare = value.strip("'\"")
    return bare if bare != value else f"{name.replace('_', ' ')} {value}"


def others(found: Change) -> str:
    """How many other figures changed, the largest of other benchmarks first; "" for none."""
    rest = found.rows[1:]
    counted = Counter("rose" if (v.change or 0.0) > 0 else "fell" for v in rest)
    parts = [f"{counted[way]} {way}" for way in ("rose", "fell") if counted[way]]
    first: dict[str, Verdict] = {}
    for verdict in rest:
        if verdict.row.benchmark != found.rows[0].row.benchmark:
            first.setdefault(verdict.row.benchmark, verdict)
    some = [f"{name} {change(v.change)}" for name, v in list(first.items())[:EXAMPLES]]
    if not parts:
        return ""
    return f"Of other figures {' and '.join(parts)}" + f": {', '.join(some)}" * bool(some) + "."


def causes(found: Change, mark: str = "") -> Iterator[str]:
    """Where it comes from, as far as that is known: functions, packages, releases between.

    mark: around the name of a function.
    """
    if found.functions:
        parts = (f"{mark}{name}{mark} {old:,} → {new:,}" for name, old, new in found.functions)
        of = "" if found.located == found.rows[0].row.label else f" in {found.located}"
        yield f"Calls{of}: {'; '.join(parts)}"
    if found.packages:
        more = len(found.packages) - PACKAGES
        shown = ", ".join(found.packages[:PACKAGES])
        yield f"Changed beside it: {shown}" + f" and {more} more" * (more > 0)
    if found.between:
        yield f"{found.between} releases between the two were not measured"


def title(found: Change) -> str:
    """Of what, between which releases."""
    return f"{found.project} {found.base} → {found.head}"


def lines(found: Change) -> Iterator[str]:
    """A finding in a terminal."""
    yield f"{found.date:%Y-%m-%d}  {title(found)}"
    yield f"  {' '.join(filter(None, [sentence(found), others(found)]))}"
    if not is_small(found):
        yield from (f"  {line}" for line in causes(found))


def page(found: Sequence[Change]) -> str:
    """The Markdown page, by month."""
    months: defaultdict[str, list[Change]] = defaultdict(list)
    for each in found:
        months[f"{each.date:%B %Y}"].append(each)
    targets: defaultdict[str, list[Change]] = defaultdict(list)
    for each in found:
        targets[each.project].append(each)
    table = [
        [project, number(len(of)), number(sum(not is_small(each) for each in of)), title(of[0])]
        for project, of in sorted(targets.items())
    ]
    return markdown_page(
        Path(__file__).with_name("findings.md"),
        table="\n".join(markdown_table(["of", "changes", "of 10 % or more", "newest"], table)),
        months=months,
        is_small=is_small,
        title=title,
        sentence=sentence,
        others=others,
        causes=causes,
    )


def as_json(found: Sequence[Change]) -> str:
    """The findings as JSON; see above."""
    return options.as_json({"schema": 1, "findings": [_document(each) for each in found]})


def _document(found: Change) -> dict[str, Any]:
    kept = ("target", "project", "base", "head", "commits", "machine", "environment", "located")
    return {
        **{name: getattr(found, name) for name in (*kept, "packages", "between")},
        "date": f"{found.date:%Y-%m-%dT%H:%M:%SZ}",
        "sentence": sentence(found),
        "functions": [{"name": n, "old": old, "new": new} for n, old, new in found.functions],
        "rows": [
            {
                "label": each.row.label,
                "grade": each.row.grade,
                "unit": each.row.unit,
                "old": each.row.base.value,
                "new": each.row.head.value,
                "change": each.change,
                "interval": each.interval,
            }
            for each in found.rows
        ],
    }
