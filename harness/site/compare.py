"""Writes `compare.html`: any two releases of a target, chosen in the page or in its address.

Without scripts it is the newest release against the one before it. `compare.js` writes the same
rows for any two: with the verdicts of `check` where the document has the pair, else as
`known.Group.judged` has them.
"""

import shlex
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.check.commands import config
from harness.check.known import Document, Group, Judged, Pair, Row
from harness.check.report import SEVERITY
from harness.common import files
from harness.rendering import intervals, pages
from harness.rendering.tables import markdown
from harness.results.result import package_changes
from harness.site.compared import FUNCTIONS, LOUD, Line, functions, lines, ranges

COMPARE_PAGE = "compare.html"
HERE = Path(__file__).parent
SCRIPTS = (
    *pages.NUMBERS,
    *pages.INTERVALS,
    *pages.TABLES,
    *(HERE / f"{name}.js" for name in ("verdicts", "compare", "upgrade")),
)


def write_compare_page(site: Path, of: Document) -> None:
    """Write the page and its Markdown twin into `site`."""
    group = of.groups[0]
    pair = group.before(len(group.releases) - 1)
    found = lines(group, pair.base, pair.head) if pair else []
    values: dict[str, Any] = {
        "of": of,
        "group": group,
        "pair": pair,
        "where": _where(group),
        "ranges": ranges(found),
        "remarks": _remarks(pair) if pair else [],
        "functions": functions(found),
        "packages": _packages(group, pair) if pair else None,
        "command": _command(of, group, pair),
    }
    page = pages.page(
        HERE / COMPARE_PAGE,
        data=_data(of) if pair else None,
        scripts=SCRIPTS if pair else (),
        worst=found[0].judged.verdict if found else "",
        lines=found,
        severity=SEVERITY,
        scale=intervals.scale(),
        **values,
    )
    loud = [each for each in found if each.judged.verdict in LOUD]
    twin = pages.markdown_page(
        HERE / "compare.md", loud=loud, rest=found[len(loud) :], table=_table, **values
    )
    files.write(site / COMPARE_PAGE, page)
    files.write(site / "compare.md", twin)


def _table(found: Iterable[Line]) -> str:
    rows = (
        [
            line.judged.verdict,
            f"{line.name} (`{line.row.label}`)",
            *line.sides,
            "; ".join(filter(None, [line.change, line.judged.interval])),
            line.beyond,
            "; ".join(filter(None, [line.row.grade, line.judged.reason])),
        ]
        for line in found
    )
    head = ["verdict", "row", "before", "after", "change (99 %)", "times threshold", "grade"]
    return "\n".join(markdown(head, rows)).rstrip()


def _where(group: Group) -> str:
    return f"{group.machine}, Python {group.python}"


def _remarks(pair: Pair) -> list[str]:
    """What is to be known before the rows."""
    words = [*(f"invalid: {each}" for each in pair.invalid), *pair.notes]
    if pair.unmeasured:
        words.append(f"not measured between the two: {pair.unmeasured}")
    return words


def _packages(group: Group, pair: Pair) -> list[str] | None:
    """What was installed otherwise; None where that was not kept."""
    old, new = (group.releases[at].installed for at in (pair.base, pair.head))
    return package_changes(old, new) if old and new else None


def _command(of: Document, group: Group, pair: Pair | None) -> str:
    if pair is None:
        return f"python -m harness check{config(of.config)}"
    titles = (group.releases[at].title for at in (pair.base, pair.head))
    return f"python -m harness check {shlex.join(titles)}{config(of.config)}{_machine(of, group)}"


def _machine(of: Document, group: Group) -> str:
    """What says which results are meant, where there are others."""
    if len(of.groups) == 1:
        return ""
    beside = [each for each in of.groups if each.machine == group.machine]
    named = ["--machine", group.machine, *(["--env", group.environment] * (len(beside) > 1))]
    return f" {shlex.join(named)}"


def _data(of: Document) -> dict[str, Any]:
    """What the scripts need of a document, with the words that are the same for any two."""
    return {
        "project": of.project,
        "package": of.package,
        "check": f"python -m harness check BASE HEAD{config(of.config)}",
        "severity": SEVERITY,
        "loud": LOUD,
        "functions": FUNCTIONS,
        "groups": [
            {
                "machine": each.machine,
                "environment": each.environment,
                "where": _where(each),
                "named": _machine(of, each),
                "releases": [
                    asdict(release) | {"quoted": shlex.quote(release.title)}
                    for release in each.releases
                ],
                "rows": [_row(row) if row.judged else None for row in each.rows],
                "pairs": [asdict(pair) for pair in each.pairs],
            }
            for each in of.groups
        ],
    }


def _row(row: Row) -> dict[str, Any]:
    line = Line(row, Judged("same"), None, None, 0)
    kept = ("label", "benchmark", "grade", "unit", "exact", "threshold", "values", "missing")
    found = {key: getattr(row, key) for key in kept} | {"name": line.name, "suffix": line.unit}
    return found | ({"codes": row.codes} if row.codes else {})
