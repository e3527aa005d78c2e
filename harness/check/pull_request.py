"""The report for a pull request, in GitHub's Markdown: what decides, and what to do next.

What comes from results stands in code, where GitHub makes neither links, nor mentions, nor HTML
of it: whoever opens a pull request can put any text into them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.check.commands import scenario
from harness.check.judge import FINDINGS, Verdict
from harness.check.report import Report
from harness.check.rows import EXACT, GRADES
from harness.check.table import HEAD, LEVELS, SILENT, cells, levels, silences
from harness.common.numbers import quantity
from harness.rendering.pages import markdown_page
from harness.rendering.tables import markdown as markdown_table

MOST = 65_000
"""Bytes; GitHub refuses more than 65,536 characters."""

DETAIL = ((1000, True), (200, True), (60, False), (20, False))
"""Rows of a table, and whether what is no finding is there, folded: as much as fits."""

GRADED = ["grade", "what counts", "rows", "worse", "better", "no verdict"]
LOCATED = 3
"""Benchmarks of which the functions are shown, of their largest regression."""

PACKAGES = 20
LONGEST = 200
"""Characters of a text from results."""

NAMES = {"virtual": "virtual time", "absolutes": "absolutes: seconds, bytes"}
_UNSAFE = str.maketrans({"`": "'", "|": "/", "\\": "/"})  # what ends code, or a cell of a table


def markdown(
    report: Report, everything: bool = False, runtime: str = "", rest: str = "--all shows them"
) -> str:
    """A sentence, which grade decides, the findings and where they come from; the rest folded.

    everything: all rows, however long that is. runtime: to be profiled; by default that of the
    first finding. rest: where the rows are that GitHub does not take.
    """
    for most, has_folds in DETAIL:
        text = _page(report, everything, runtime, rest, most, has_folds)
        if everything or len(text.encode()) <= MOST:
            break
    return text


def _page(
    report: Report, everything: bool, runtime: str, rest: str, most: int, has_folds: bool
) -> str:
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in report.sorted():
        groups[verdict.verdict].append(verdict)
    findings = [verdict for name in FINDINGS for verdict in groups[name]]
    folds = ("improvement", "changed", "new", *(("same", "no verdict") if everything else ()))
    located: dict[str, Verdict] = {}
    for verdict in findings:
        if verdict.where:
            located.setdefault(verdict.row.benchmark, verdict)
    most = len(report.verdicts) if everything else most

    def rows(verdicts: Sequence[Verdict]) -> str:
        left = len(verdicts) - most
        more = [f"... and {left:,} more: {rest}"] if left > 0 else []
        shown = ([*_coded(verdict), code(verdict.reason)] for verdict in verdicts[:most])
        return "\n".join([*markdown_table([*HEAD, "because"], shown), *more]).rstrip()

    return markdown_page(
        Path(__file__).with_name("report.md"),
        report=report,
        summary=re.sub(r"([\\`*_\[\]<>#|~@])", r"\\\1", report.summary()),
        code=code,
        clean=clean,
        rows=rows,
        grades=_table(GRADED, _grades(report)),
        levels=_table(LEVELS, (map(code, each) for each in levels(report))),
        is_broken=any(level.is_finding for level in report.levels),
        findings=findings,
        located=list(located.values())[:LOCATED],
        packages=[code(each) for each in report.packages[:PACKAGES]],
        folds={name: groups[name] for name in folds if has_folds or everything},
        silent={
            kind: "\n".join(f"- {code(line)}" for line in silences(groups[kind], kind, everything))
            for kind in SILENT
        },
        number={kind: len(groups[kind]) for kind in SILENT},
        command=_command(findings, runtime),
    )


def clean(text: str) -> str:
    """One line that ends no code, without what is invisible or turns text around."""
    shown = "".join(c if c.isprintable() else " " for c in text[: 2 * LONGEST])
    shown = shown.translate(_UNSAFE)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}..."


def code(text: str) -> str:
    """A text from results, as code; "" for none. Lines of a cell stay lines."""
    return "\n".join(f"`{line}`" for part in text.split("\n") if (line := clean(part).strip()))


def _table(head: list[str], rows: Iterable[Iterable[str]]) -> str:
    return "\n".join(markdown_table(head, map(list, rows))).rstrip()


def _coded(verdict: Verdict) -> list[str]:
    word, label, *rest = cells(verdict)
    return [word, code(label), *rest]


def _grades(report: Report) -> Iterable[list[str]]:
    """Of each grade how many rows came out how; the one that decides is marked."""
    for grade in GRADES:
        those = [each for each in report.verdicts if each.row.grade == grade]
        found = sum(each.is_finding for each in those)
        limit = quantity(getattr(report.thresholds, grade), "share")
        sure = "" if grade in EXACT else ", and no chance"
        name = NAMES.get(grade, grade)
        number = [str(sum(each.change is not None for each in those)), str(found)]
        counted = Counter(each.verdict for each in those)
        number += [str(counted[kind]) for kind in ("improvement", "no verdict")]
        number = number if those else ["-"] * len(number)
        yield [f"❌ **{name}** decides" if found else name, f"beyond {limit}{sure}", *number]


def _command(findings: Sequence[Verdict], runtime: str) -> str:
    """What to run next; of what comes from results only words that are known."""
    worse = next((each.row for each in findings if each.verdict == "regression"), None)
    if worse is None:
        return ""
    named = {name: value.strip("'\"") for name, value in worse.named.items()}
    runtime = runtime or named.get("runtime", "")
    if not re.fullmatch(r"[\w.:-]+", runtime, re.ASCII):
        return ""
    entry = named.get("entry")
    words = ["python -m harness profile --runtime", runtime]
    words += ["--entry", entry] if entry in ("asyncio", "threads") else []
    return " ".join([*words, "--scenario", scenario(worse.benchmark, named)])
