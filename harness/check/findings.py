"""The verb `findings`: every change over all histories that the instrument is sure of.

JSON, keys that stay: `schema` (1) and `findings`, newest first, each with `target`, `project`,
`base` and `head` (titles), `commits` (both hashes), `date` (of the head), `machine`, `environment`,
`sentence`, `rows` (the most telling first; each `label`, `grade`, `unit`, `old`, `new`, `change`:
relative, null from zero; `interval` or null), `functions` (each `name`, `old` and `new` calls, in
the row `located`), `packages` (that changed beside it), `between` (releases not measured between
the two, or null), `failed` (rows that gave a number before; each `label`, `reason`) and
`attribution` (to what it is due, as `attribute --keep` found, or "").
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.check import sources
from harness.check.finding import Finding
from harness.check.known import Document
from harness.common import options, quantities
from harness.common.numbers import number
from harness.rendering.lines import wrap


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", type=_day, metavar="DATE", help="such as 2026-04-01")
    sources.add_targets(parser)
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
    known = sources.documents(arguments.target, arguments.own)
    found = newest(known, arguments.since)
    text = "\n\n".join(wrap("\n".join(each.lines())) for each in found)
    print(f"{text or 'no finding'}\n\n{sources.as_of(known)}", file=outputs.people)
    outputs.write(json=lambda: as_json(found), markdown=lambda: page(found))


def newest(known: Iterable[Document], since: datetime | None = None) -> list[Finding]:
    """The findings of all, newest first."""
    every = [each for of in known for each in of.findings if since is None or each.at >= since]
    return sorted(every, key=lambda each: (each.date, each.project), reverse=True)


def page(found: Sequence[Finding]) -> str:
    from harness.rendering.pages import markdown_page
    from harness.rendering.tables import markdown

    months: defaultdict[str, list[Finding]] = defaultdict(list)
    targets: defaultdict[str, list[Finding]] = defaultdict(list)
    for each in found:
        months[f"{each.at:%B %Y}"].append(each)
        targets[each.project].append(each)
    table = [
        [project, number(len(of)), number(sum(not each.is_small for each in of)), of[0].title]
        for project, of in sorted(targets.items())
    ]
    return markdown_page(
        Path(__file__).with_name("findings.md"),
        table="\n".join(markdown(["of", "changes", "of 10 % or more", "newest"], table)),
        months=months,
    )


def as_json(found: Sequence[Finding]) -> str:
    return options.as_json({"schema": 1, "findings": records(found)})


def records(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """As results.json has them, too: each with all of its fields."""
    return [asdict(each) for each in found]
