"""results.json: all figures, verdicts and findings of all targets, as tables of records.

Keys that stay (schema: docs/results-schema.json): `schema` (1), `as_of`, and lists of records, of
which each has `target`, `machine` and `environment`:

- `targets`: each with its newest `release`, what `check` says of it (`summary`, null where nothing
  was measured before it), and what the rest is about (`project`, `package`, `runtime`, ...).
- `figures`: a record a row (`benchmark`, `params`, `unit`, `grade`, ...), with its `newest` value,
  and over the releases: `release`, `date`, `value`, `low` and `high`, lists of one length.
- `pairs`: two releases and `verdicts`, those that `check` gives of them, but for same and n/a.
- `findings`: as `python -m harness findings --json` has them.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.check import stored
from harness.check.findings import newest, records
from harness.check.known import Document, Group

SCHEMA = 1
LINES: dict[str, Any] = {key: {} for key in ("targets", "figures", "pairs", "findings")}

Json = dict[str, Any]


def text(documents: Sequence[Document]) -> str:
    return stored.laid(results(documents), LINES)


def results(documents: Sequence[Document]) -> Json:
    groups = [(each, group) for each in documents for group in each.groups]
    return {
        "schema": SCHEMA,
        "as_of": max((each.as_of for each in documents), default=None),
        "targets": [about(each) for each in documents],
        "figures": [each for of in groups for each in _figures(*of)],
        "pairs": [each for of in groups for each in _pairs(*of)],
        "findings": records(newest(documents)),
    }


def _of(document: Document, group: Group) -> Json:
    return {
        "target": document.target,
        "machine": group.machine,
        "environment": group.environment,
    }


def about(document: Document) -> Json:
    """The record of a target."""
    group = document.groups[0]
    pair = group.before(len(group.releases) - 1)
    kept = ("project", "package", "runtime", "config", "as_of")
    return {
        **_of(document, group),
        **{name: getattr(document, name) for name in kept},
        "release": group.releases[-1].title,
        "base": pair and group.releases[pair.base].title,
        "summary": pair and pair.summary,
        "findings": group.releases[-1].findings,
        "improvements": group.releases[-1].improvements,
    }


def _figures(document: Document, group: Group) -> Iterator[Json]:
    releases = {
        "release": [each.title for each in group.releases],
        "date": [each.date for each in group.releases],
    }
    kept = (
        "label",
        "benchmark",
        "params",
        "about",
        "grade",
        "unit",
        "exact",
        "threshold",
        "judged",
    )
    none: list[float | None] = [None] * len(group.releases)
    for row in group.rows:
        yield {
            **_of(document, group),
            **{name: getattr(row, name) for name in kept},
            "floor": None if row.floor is None else group.rows[row.floor].label,
            "threshold": row.threshold,
            "newest": row.values[-1],
            **releases,
            "value": row.values,
            "low": row.low or none,
            "high": row.high or none,
        }


def _pairs(document: Document, group: Group) -> Iterator[Json]:
    for pair in group.pairs:
        yield {
            **_of(document, group),
            "base": group.releases[pair.base].title,
            "head": group.releases[pair.head].title,
            "summary": pair.summary,
            "invalid": pair.invalid,
            "unmeasured": pair.unmeasured,
            "verdicts": [
                {
                    "label": group.rows[index].label,
                    "verdict": each.verdict,
                    "change": each.change,
                    "low": each.low,
                    "high": each.high,
                    "reason": each.reason,
                }
                for index, each in pair.judged.items()
            ],
        }
