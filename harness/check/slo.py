"""Service levels: is the new result good enough, whatever the old one was?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.check.rows import Row
from harness.check.settings import Settings, Slo
from harness.results.result import Result


@dataclass(frozen=True)
class Level:
    """One SLO on its worst row: met, broken or not measured."""

    slo: Slo
    verdict: str
    value: float | None = None  # with what the SLO adds to it
    unit: str = ""
    row: str = ""  # label of the worst row
    reason: str = ""

    @property
    def is_finding(self) -> bool:
        """Whether it makes the check fail."""
        return self.verdict == "broken"


def levels(rows: Sequence[Row], settings: Settings, head: Result) -> list[Level]:
    """Every SLO on the head side of the framework's rows; an invalid run has no absolutes."""
    return [_level(slo, rows, head) for slo in settings.slos]


def _level(slo: Slo, rows: Sequence[Row], head: Result) -> Level:
    own = [row for row in rows if row.benchmark == slo.benchmark and not row.is_floor]
    if not own or all(row.head.state == "absent" for row in own):
        return Level(slo, "not measured", reason=f"no benchmark {slo.benchmark} in the new result")
    chosen = [row for row in own if _matches(row, slo)]
    if not chosen:
        wanted = ", ".join(f"{key} = {value}" for key, value in slo.parameters.items())
        return Level(slo, "not measured", reason=f"{slo.benchmark} has no row with {wanted}")
    measured = [row for row in chosen if row.head.measured]
    if not measured:
        notes = head.notes.get(slo.benchmark, ())
        reason = (
            "; ".join(note.told for note in notes) or f"{chosen[0].head.state} in the new result"
        )
        return Level(slo, "not measured", reason=reason)
    worst = max(measured, key=lambda row: row.head.value)
    value = worst.head.value + slo.add
    if head.invalid and worst.is_timed:
        return Level(slo, "no verdict", value, worst.unit, worst.label, "invalid run")
    verdict = "broken" if value > slo.limit else "met"
    return Level(slo, verdict, value, worst.unit, worst.label)


def _matches(row: Row, slo: Slo) -> bool:
    own = dict(zip(row.names, row.params, strict=False))
    return all(
        key in own and own[key].strip("'\"") == value for key, value in slo.parameters.items()
    )
