"""What the report says in numbers: counts of raw records, nothing measured."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from studies.planted.defects import named
from studies.sensitivity.plan import SAME
from studies.sensitivity.raw import Record

RULES = {
    "check": "`harness check`",
    "compare": "`asv compare`",
    "continuous": "`asv continuous`",
    "p95": "p95 + 10 %",
}
FAILED = "(a benchmark failed)"


@dataclass(frozen=True)
class Found:
    """In how many trials a rule found a defect, and by which benchmark most often."""

    hits: int
    trials: int
    top: str = ""


@dataclass(frozen=True)
class Alarms:
    """False alarms of a rule over A/A pairs: of rows compared, and of whole suites."""

    rows: int
    row_alarms: int
    suites: int
    suite_alarms: int


def benchmark(label: str) -> str:
    """The benchmark's name in a label."""
    return label.split("(", 1)[0].strip() or label


def spoken(record: Record, rule: str) -> list[str] | None:
    """The alarms of a rule for a pair; None if it was not asked or could not tell."""
    verdict = record["rules"].get(rule)
    if verdict is None or verdict.get("note"):
        return None
    return list(verdict["alarms"])


def unanswered(pairs: Sequence[Record], rule: str) -> Counter[str]:
    """Why a rule could not tell, with how often."""
    notes = (record["rules"].get(rule, {}).get("note", "") for record in pairs)
    return Counter(note for note in notes if note)


def found(pairs: Sequence[Record], item: str, rule: str) -> Found:
    """Trials in which one of the benchmarks that are expected to show the defect raised alarm."""
    expected = (*named(item).expected, FAILED)
    hits, trials = 0, 0
    tops: Counter[str] = Counter()
    for record in pairs:
        alarms = spoken(record, rule) if record["item"] == item else None
        if alarms is None:
            continue
        trials += 1
        names = {name for name in map(benchmark, alarms) if name in expected}
        if FAILED in alarms:
            names.add(FAILED)
        hits += bool(names)
        tops.update(names)
    # Where several did equally often, the one that is expected first: counts before seconds.
    top = min(tops, key=lambda name: (-tops[name], expected.index(name)), default="")
    return Found(hits, trials, top)


def alarms(pairs: Sequence[Record], rule: str) -> Alarms:
    """False alarms over the pairs of two harmless commits."""
    rows = row_alarms = suites = suite_alarms = 0
    for record in pairs:
        said = spoken(record, rule) if record["item"] == SAME else None
        if said is not None:
            suites += 1
            suite_alarms += bool(said)
            row_alarms += len(said)
            rows += record["rules"][rule].get("compared") or record["rules"]["compare"].get(
                "compared", 0
            )
    return Alarms(rows, row_alarms, suites, suite_alarms)


def interval(hits: int, trials: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; trials > 0."""
    from scipy.stats import binomtest

    found = binomtest(hits, trials).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def spread(values: Sequence[float]) -> float:
    """(max - min) / median; NaN where the median is 0 and the values are not."""
    middle = statistics.median(values)
    width = max(values) - min(values)
    if not middle:
        return 0.0 if not width else math.nan
    return width / middle


def by_label(records: Sequence[Record], load: str) -> dict[str, list[float]]:
    """Values of clean runs by label, one a run."""
    result: dict[str, list[float]] = {}
    for record in records:
        if record["kind"] == "values" and record["load"] == load:
            for label, value in record["values"].items():
                if value is not None:
                    result.setdefault(label, []).append(value)
    return result
