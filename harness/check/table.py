"""The report for people: as a table in a terminal, as Markdown in a pull request."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from harness.check.judge import FINDINGS, Verdict
from harness.check.report import Report, familiar, interval
from harness.check.rows import Row
from harness.common.numbers import change, quantity
from harness.rendering.lines import wrap
from harness.rendering.pages import markdown_page
from harness.rendering.tables import markdown as markdown_table
from harness.rendering.tables import plain

QUIET = ("gone", "same", "changed", "new", "n/a", "no verdict")  # shown with --all only
MOST = 40  # rows shown without --all
LONG = 40  # columns of a label
HEAD = ["verdict", "benchmark", "grade", "old", "new", "change (99 %)"]
PERCENT = re.compile(r"[\d,]+ %")
LEVELS = ["verdict", "service level", "new", "limit", "worst row, or why not"]


def table(report: Report, everything: bool = False) -> str:
    """The whole report; rows in which nothing happened only if `everything`."""
    parts = [f"{report.title} on {report.machine}, {report.environment}", *report.remarks]
    parts += ["", plain(LEVELS, _levels(report, _broken))] if report.levels else []
    verdicts = report.sorted()
    silent = [] if everything else [each for each in verdicts if each.verdict == "no verdict"]
    shown = [each for each in verdicts if everything or each.verdict not in QUIET]
    kept = shown if everything else shown[:MOST]
    parts += ["", plain(HEAD, map(_lines, kept))] if kept else []
    if more := len(shown) - len(kept):
        parts.append(f"... and {more} more; --all shows them")
    parts += ["", *silences(silent)] if silent else []
    return "\n".join(wrap(part) for part in [*parts, "", report.summary()])


def markdown(report: Report, everything: bool = False) -> str:
    """GitHub's Markdown: a summary line, the findings, and the rest folded away."""
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in report.sorted():
        groups[verdict.verdict].append(verdict)
    folds = ("improvement", "changed", "new", *(("same", "n/a") if everything else ()))
    return markdown_page(
        Path(__file__).with_name("report.md"),
        report=report,
        everything=everything,
        levels="\n".join(markdown_table(LEVELS, _levels(report))).rstrip(),
        is_broken=any(level.is_finding for level in report.levels),
        findings=[verdict for name in FINDINGS for verdict in groups[name]],
        folds={name: groups[name] for name in folds},
        silent=groups["no verdict"],
        rows=_rows,
        silences=silences,
    )


def _levels(report: Report, shown: Callable[[str], str] = str) -> list[list[str]]:
    return [
        [
            level.verdict,
            level.title,
            level.told.replace(" (", "\n("),
            level.limit.replace(" (", "\n("),
            "\n".join(filter(None, [shown(level.row), level.reason])),
        ]
        for level in sorted(report.levels, key=lambda level: not level.is_finding)
    ]


def _lines(verdict: Verdict) -> list[str]:
    """The row of a verdict in a terminal; why, and the functions that grew, below its name."""
    told, label, *rest = _cells(verdict)
    below = [f"  {line}" for line in (verdict.reason, *verdict.where) if line]
    return [told, "\n".join([_broken(label), *below]), *rest]


def _broken(label: str) -> str:
    """A long label over two lines, parameters below the name."""
    return label if len(label) <= LONG else label.replace("(", "\n(", 1)


def _rows(verdicts: Iterable[Verdict]) -> str:
    rows = ([*_cells(verdict), verdict.reason] for verdict in verdicts)
    return "\n".join(markdown_table([*HEAD, "because"], rows)).rstrip()


def _cells(verdict: Verdict) -> list[str]:
    row, raw, net = verdict.row, change(verdict.change), change(verdict.net)
    moved = [raw] if raw == net or verdict.net is None else [raw, f"net {net}"]
    moved += filter(None, [interval(verdict.interval)])
    values = [_value(row, side.value) for side in (row.base, row.head)]
    return [verdict.verdict, row.label, row.grade, *values, "\n".join(moved)]


def _value(row: Row, value: float) -> str:
    return "\n".join(
        filter(None, [quantity(value, row.unit), familiar(row.benchmark, row.unit, value)])
    )


def silences(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Why rows have no verdict: a line a reason, reasons that differ in a percentage joined."""
    groups: dict[str, list[str]] = defaultdict(list)
    for verdict in verdicts:
        groups[PERCENT.sub("{}", verdict.reason)].append(verdict.reason)
    for text, each in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        shares = {share for reason in each for share in PERCENT.findall(reason)}
        found = sorted(shares, key=lambda share: int(share[:-2].replace(",", "")))
        span = " to ".join(dict.fromkeys(found[:1] + found[-1:]))
        yield f"no verdict on {len(each)} rows: {text.replace('{}', span)}"
