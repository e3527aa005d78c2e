"""The report for a pull request: a summary line, the findings, and the rest folded away."""

from __future__ import annotations

from harness.check.judge import Verdict
from harness.check.report import Report
from harness.check.table import silences, slo_table, verdict_table


def markdown(report: Report, everything: bool = False) -> str:
    """GitHub's Markdown; rows in which nothing happened only if `everything`."""
    mark = "❌" if report.status else "✅"
    parts = [f"{mark} **{report.project} {report.head} against {report.base}**: {report.summary()}"]
    parts += [f"> invalid: {line}" for line in report.invalid]
    parts += [f"> {line}" for line in report.notes]
    verdicts = report.sorted()
    findings = [verdict for verdict in verdicts if verdict.is_finding]
    if any(level.is_finding for level in report.levels):
        parts.append(slo_table(report, "github"))
    if findings:
        parts.append(verdict_table(findings, "github"))
        parts += [_grown(verdict) for verdict in findings if verdict.where]
    if report.levels and not any(level.is_finding for level in report.levels):
        parts.append(_folded("Service levels", slo_table(report, "github")))
    for name in ("improvement", "changed", *(("same", "n/a") if everything else ())):
        rows = [verdict for verdict in verdicts if verdict.verdict == name]
        if rows:
            parts.append(_folded(f"{len(rows)} {name}", verdict_table(rows, "github")))
    silent = [verdict for verdict in verdicts if verdict.verdict == "no verdict"]
    if silent:
        text = "\n".join(f"- {line}" for line in silences(silent))
        if everything:
            text += "\n\n" + verdict_table(silent, "github")
        parts.append(_folded(f"{len(silent)} without a verdict", text))
    return "\n\n".join(parts)


def _grown(verdict: Verdict) -> str:
    lines = "\n".join(verdict.where)
    return f"Where `{verdict.row.label}` grew:\n\n```\n{lines}\n```"


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"
