"""The report as a table for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tabulate import tabulate  # type: ignore[import-untyped]  # asv brings it

from harness.check.judge import Verdict
from harness.check.report import (
    Report,
    familiar,
    interval,
    level_limit,
    level_value,
    number,
    percent,
)

QUIET = ("same", "changed", "n/a")  # shown with --all only
HEAD = ["verdict", "benchmark", "grade", "old", "new", "change", "99 % interval", "because"]


def table(report: Report, everything: bool = False) -> str:
    """The whole report; rows in which nothing happened only if `everything`."""
    parts = [_title(report), *(f"invalid: {line}" for line in report.invalid), *report.notes]
    if report.levels:
        parts += ["", slo_table(report)]
    shown = [v for v in report.sorted() if everything or v.verdict not in QUIET]
    limit = len(shown) if everything else 40
    silent = [v for v in shown if v.verdict == "no verdict"]
    if not everything:
        shown = [v for v in shown if v.verdict != "no verdict"]
    if shown:
        parts += ["", verdict_table(shown[:limit])]
    if len(shown) > limit:
        parts.append(f"... and {len(shown) - limit} more; --all shows them")
    if silent and not everything:
        parts += ["", *silences(silent)]
    return "\n".join([*parts, "", report.summary()])


def _title(report: Report) -> str:
    return (
        f"{report.project}: {report.head} against {report.base}"
        f" on {report.machine}, {report.environment}"
    )


def slo_table(report: Report, style: str = "simple") -> str:
    """The SLOs of a report."""
    rows = [
        [
            level.verdict,
            level.slo.title or level.slo.name,
            level_value(level),
            level_limit(level),
            level.row if not level.reason else " ".join(filter(None, [level.row, level.reason])),
        ]
        for level in sorted(report.levels, key=lambda level: not level.is_finding)
    ]
    head = ["verdict", "service level", "new", "limit", "worst row, or why not"]
    return str(tabulate(rows, head, tablefmt=style, disable_numparse=True))


def verdict_table(verdicts: Sequence[Verdict], style: str = "simple") -> str:
    """Rows of a report, with the functions that grew below a count."""
    text = tabulate([_cells(v) for v in verdicts], HEAD, tablefmt=style, disable_numparse=True)
    lines = text.splitlines()
    body = lines[len(lines) - len(verdicts) :]
    result = lines[: len(lines) - len(verdicts)]
    for line, verdict in zip(body, verdicts, strict=True):
        result += [line, *(f"    {where}" for where in verdict.where if style == "simple")]
    return "\n".join(result)


def _cells(verdict: Verdict) -> list[str]:
    row = verdict.row
    return [
        verdict.verdict,
        row.label,
        row.grade,
        _both(number(row.base.value, row.unit), familiar(row, row.base.value)),
        _both(number(row.head.value, row.unit), familiar(row, row.head.value)),
        _change(verdict),
        interval(verdict.interval),
        verdict.reason,
    ]


def _both(text: str, known: str) -> str:
    return f"{text} ({known})" if known else text


def _change(verdict: Verdict) -> str:
    raw, net = percent(verdict.change), percent(verdict.net)
    return raw if raw == net or verdict.net is None else f"{raw} (net {net})"


def silences(verdicts: Iterable[Verdict]) -> list[str]:
    """Why rows have no verdict: a line a reason, reasons that differ in a percentage joined."""
    groups: dict[str, list[str]] = {}
    for verdict in verdicts:
        groups.setdefault(_PERCENT.sub("%", verdict.reason), []).append(verdict.reason)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [f"no verdict on {len(each)} rows: {_joined(text, each)}" for text, each in ordered]


_PERCENT = re.compile(r"\d+%")


def _joined(text: str, reasons: Sequence[str]) -> str:
    found = sorted(int(each[0][:-1]) for each in map(_PERCENT.findall, reasons) if each)
    if not found:
        return text
    span = f"{found[0]}%" if found[0] == found[-1] else f"{found[0]}% to {found[-1]}%"
    return text.replace("%", span, 1)
