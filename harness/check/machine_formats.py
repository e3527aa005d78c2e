"""The report for machines: JSON, and JUnit's XML.

JSON, keys that stay: `schema` (1), `project`, `machine`, `environment`, `base` and `head` (each
`title`, `commit`), `status` (the exit status), `summary`, `invalid` and `notes` (lists of lines),
`compared` (rows with a number on both sides), `findings` (what made the status 1: a `kind`, which
is regression, failed, gone or slo, and the keys of the row; for an SLO its own and `benchmark`),
`slos` (each `name`, `title`, `verdict`: met, broken, not measured or no verdict; `value`, `limit`,
`unit`, `row`, `reason`) and `rows` (each `benchmark`, `params`: value by name, `label`, `grade`,
`unit`, `verdict`: failed, regression, gone (only in the base), improvement, changed, no verdict,
same, new (only in the head) or n/a; `old`, `new`, `change` and `net`: relative, 0.1 is +10 %;
`interval`: two of them or null; `reason`, `where`: a list of lines). Every row is there; what is
not a finite number is null.

JUnit: a testcase a row, in a class a benchmark, and one an SLO. Findings are failures; rows
without a number or a verdict, and SLOs that were not measured, are skipped.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from harness.check.judge import Verdict
from harness.check.report import Report
from harness.check.slo import Level
from harness.check.telling import interval
from harness.common import options
from harness.common.numbers import change, quantity

SCHEMA = 1
SLO = ("name", "title", "verdict", "value", "limit", "unit", "row", "reason")
ROW = (
    *("benchmark", "params", "label", "grade", "unit", "verdict"),
    *("old", "new", "change", "net", "interval", "reason", "where"),
)


def as_json(report: Report, everything: bool = True) -> str:
    rows = [(verdict, _row(verdict)) for verdict in report.sorted()]
    slos = [(level, _slo(level)) for level in report.levels]
    findings = [{"kind": verdict.verdict, **row} for verdict, row in rows if verdict.is_finding]
    for level, slo in slos:
        if level.is_finding:
            findings.append({"kind": "slo", "benchmark": level.slo.benchmark, **slo})
    content = {
        "schema": SCHEMA,
        "project": report.project,
        "machine": report.machine,
        "environment": report.environment,
        "base": {"title": report.base, "commit": report.base_commit},
        "head": {"title": report.head, "commit": report.head_commit},
        "status": report.status,
        "summary": report.summary(),
        "invalid": report.invalid,
        "notes": report.notes,
        "compared": report.compared,
        "findings": findings,
        "slos": [slo for _, slo in slos],
        "rows": [row for _, row in rows],
    }
    return options.as_json(content)


def _slo(level: Level) -> dict[str, Any]:
    about = vars(level.slo) | vars(level) | {"title": level.title}
    return {key: about[key] for key in SLO}


def _row(verdict: Verdict) -> dict[str, Any]:
    row = verdict.row
    about = vars(row) | vars(verdict) | {"params": row.named, "label": row.label}
    about |= {"old": row.base.value, "new": row.head.value}
    return {key: about[key] for key in ROW}


def as_junit(report: Report, everything: bool = True) -> str:
    """The report as JUnit XML; see above."""
    cases = list(_cases(report))
    counted = Counter(kind for _, _, kind, *_ in cases)
    suite = ElementTree.Element(
        "testsuite",
        name=f"{report.project} {report.base}..{report.head}",
        tests=str(len(cases)),
        failures=str(counted["failure"]),
        skipped=str(counted["skipped"]),
        errors="0",
    )
    for group, name, kind, message, text in cases:
        case = ElementTree.SubElement(suite, "testcase", classname=group, name=_clean(name))
        if kind:
            ElementTree.SubElement(case, kind, message=_clean(message)).text = _clean(text) or None
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _cases(report: Report) -> Iterator[tuple[str, str, str, str, str]]:
    """Class, name, "failure", "skipped" or "", its message and text."""
    for level in report.levels:
        if level.is_finding:
            yield "slo", level.name, "failure", f"{level.in_words}, {level.limit}", level.row
        else:
            skipped = "" if level.verdict == "met" else "skipped"
            yield "slo", level.name, skipped, level.reason, ""
    for verdict in report.sorted():
        row = verdict.row
        if verdict.is_finding:
            old, new = quantity(row.base.value, row.unit), quantity(row.head.value, row.unit)
            message = f"{verdict.verdict}: {old} -> {new}, {change(verdict.change)}"
            lines = [interval(verdict.interval), verdict.reason, *verdict.where]
            yield row.benchmark, row.label, "failure", message, "\n".join(filter(None, lines))
        else:
            skipped = "skipped" if verdict.verdict in ("n/a", "new", "gone", "no verdict") else ""
            yield row.benchmark, row.label, skipped, verdict.reason, ""


def _clean(text: str) -> str:
    """Without control characters, which XML does not have."""
    return "".join(c if c in "\n\t" or ord(c) >= 32 else " " for c in text)
