"""The report for machines: JSON, and JUnit's XML.

JSON, keys that stay: `schema` (1), `project`, `machine`, `environment`, `base` and `head` (each
`title`, `commit`), `status` (the exit status), `summary`, `invalid` and `notes` (lists of lines),
`compared` (rows with a number on both sides), `findings` (what made the status 1: a `kind`, which
is regression, failed or slo, and the keys of the row; for an SLO its own and `benchmark`),
`slos` (each `name`, `title`, `verdict`: met, broken, not measured or no verdict; `value`, `limit`,
`unit`, `row`, `reason`) and `rows` (each `benchmark`, `params`: value by name, `label`, `grade`,
`unit`, `verdict`: failed, regression, improvement, changed, no verdict, same or n/a; `old`, `new`,
`change` and `net`: relative, 0.1 is +10 %; `interval`: two of them or null; `reason`, `where`: a
list of lines). Every row is there; what is not a finite number is null.

JUnit: a testcase a row, in a class a benchmark, and one an SLO. Findings are failures; rows
without a number or a verdict, and SLOs that were not measured, are skipped.
"""

from __future__ import annotations

import json
import math
from typing import Any
from xml.etree import ElementTree

from harness.check.judge import Verdict
from harness.check.report import Report, interval, level_limit, level_value
from harness.check.slo import Level
from harness.common.numbers import change, quantity

SCHEMA = 1


def as_json(report: Report, everything: bool = True) -> str:
    """The report as JSON; see above."""
    content = {
        "schema": SCHEMA,
        "project": report.project,
        "machine": report.machine,
        "environment": report.environment,
        "base": {"title": report.base, "commit": report.base_commit},
        "head": {"title": report.head, "commit": report.head_commit},
        "status": report.status,
        "summary": report.summary(),
        "invalid": list(report.invalid),
        "notes": list(report.notes),
        "compared": report.compared,
        "findings": _findings(report),
        "slos": [_slo(level) for level in report.levels],
        "rows": [_row(verdict) for verdict in report.sorted()],
    }
    return json.dumps(content, indent=1, allow_nan=False)


def _findings(report: Report) -> list[dict[str, Any]]:
    rows = [{"kind": v.verdict, **_row(v)} for v in report.sorted() if v.is_finding]
    broken = [level for level in report.levels if level.is_finding]
    return rows + [{"kind": "slo", "benchmark": e.slo.benchmark, **_slo(e)} for e in broken]


def _slo(level: Level) -> dict[str, Any]:
    return {
        "name": level.slo.name,
        "title": level.slo.title,
        "verdict": level.verdict,
        "value": _finite(level.value),
        "limit": level.slo.limit,
        "unit": level.unit,
        "row": level.row,
        "reason": level.reason,
    }


def _row(verdict: Verdict) -> dict[str, Any]:
    row, bounds = verdict.row, verdict.interval
    return {
        "benchmark": row.benchmark,
        "params": dict(zip(row.names, row.params, strict=False)),
        "label": row.label,
        "grade": row.grade,
        "unit": row.unit,
        "verdict": verdict.verdict,
        "old": _finite(row.base.value),
        "new": _finite(row.head.value),
        "change": _finite(verdict.change),
        "net": _finite(verdict.net),
        "interval": bounds and [_finite(each) for each in bounds],
        "reason": verdict.reason,
        "where": list(verdict.where),
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def as_junit(report: Report, everything: bool = True) -> str:
    """The report as JUnit XML; see above."""
    suite = ElementTree.Element("testsuite", name=f"{report.project} {report.base}..{report.head}")
    for level in report.levels:
        case = ElementTree.SubElement(suite, "testcase", classname="slo", name=level.slo.name)
        if level.is_finding:
            text = f"{level_value(level)}, {level_limit(level)}"
            ElementTree.SubElement(case, "failure", message=_clean(text)).text = level.row
        elif level.verdict != "met":
            ElementTree.SubElement(case, "skipped", message=_clean(level.reason))
    for verdict in report.sorted():
        _case(suite, verdict)
    cases = list(suite)
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    suite.set("errors", "0")
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _case(suite: ElementTree.Element, verdict: Verdict) -> None:
    row = verdict.row
    names = {"classname": row.benchmark, "name": _clean(row.label)}
    case = ElementTree.SubElement(suite, "testcase", names)
    if verdict.is_finding:
        old, new = quantity(row.base.value, row.unit), quantity(row.head.value, row.unit)
        text = f"{verdict.verdict}: {old} -> {new}, {change(verdict.change)}"
        failure = ElementTree.SubElement(case, "failure", message=_clean(text))
        lines = [interval(verdict.interval), verdict.reason, *verdict.where]
        failure.text = _clean("\n".join(filter(None, lines)))
    elif verdict.verdict in ("n/a", "no verdict"):
        ElementTree.SubElement(case, "skipped", message=_clean(verdict.reason))


def _clean(text: str) -> str:
    """Without control characters, which XML does not have."""
    return "".join(c if c in "\n\t" or ord(c) >= 32 else " " for c in text)
