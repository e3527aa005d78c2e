"""The group of a target's document that is made of the results of one machine and environment."""

import contextlib
import math
from collections.abc import Iterator, Sequence

from harness.check import changes, known, run, slo, where
from harness.check.judge import FINDINGS, Verdict
from harness.check.known import Judged, Moved, NotInstalled, Pair, Release
from harness.check.report import Report
from harness.check.rows import Row, rows
from harness.check.steps import STEPS
from harness.common import kinds
from harness.results import figures
from harness.results.files import BadInput
from harness.results.result import Result
from harness.results.target import Target

LEFT_OUT = ("same", "n/a")
TELLING = 12
"""Rows of a pair of which the functions are kept, where the two are no neighbours."""

Numbers = tuple[int, int]


def group(target: Target, results: Sequence[Result], without: Sequence[Result]) -> known.Group:
    """What results say, oldest first, all of them with numbers; without: those that could not be
    installed, of any machine and environment."""
    return _Group(target, results, without).made()


class _Group:
    """The group while it is made, of results with numbers alone, oldest first."""

    def __init__(
        self, target: Target, results: Sequence[Result], without: Sequence[Result]
    ) -> None:
        self.target, self.results = target, list(results)
        place = results[0].machine, results[0].environment
        self.without = [each for each in without if (each.machine, each.environment) == place]
        self.settings = slo.settings(target.config)
        self.place = {each.commit: index for index, each in enumerate(results)}
        self.rows: dict[str, Row] = {}
        self.values: dict[str, list[figures.Figure]] = {}
        for index, result in enumerate(results):
            current = set(result.asv.get_result_keys(target.benchmarks))
            for row in rows(result, result):
                kept = self._known(row)
                kept[index] = row.head if row.benchmark in current else _OTHER
        self.before = [self._before(each) for each in results]
        reports = {pair: report for pair in self._pairs() if (report := self._asked(*pair))}
        for report in reports.values():
            for verdict in report.verdicts:
                self._known(verdict.row)
        ordered = sorted(self.rows.values(), key=lambda row: row.benchmark)
        self.labels = {row.label: index for index, row in enumerate(ordered)}
        self.pairs = {pair: self._pair(*pair, report) for pair, report in reports.items()}

    def made(self) -> known.Group:
        first = self.results[0]
        fields = {key: str(value) for key, value in first.asv.params.items()}
        return known.Group(
            machine=first.machine,
            environment=first.environment,
            python=fields.get("python", ""),
            exact=first.is_exact,
            fields=fields,
            releases=[self._release(index) for index in range(len(self.results))],
            rows=[self._row(label) for label in self.labels],
            pairs=[self.pairs[two] for two in sorted(self.pairs, key=self._is_far)],
            not_installed=[
                NotInstalled(self.target.title(each), each.commit, _at(each), each.not_installed)
                for each in self.without
            ],
        )

    def _known(self, row: Row) -> list[figures.Figure]:
        self.rows.setdefault(row.label, row)
        return self.values.setdefault(row.label, [figures.NOTHING] * len(self.results))

    def _before(self, result: Result) -> int | None:
        """The number of the one before a release on its line."""
        before = self.target.before(result, self.results)
        return self.place[before[-1].commit] if before else None

    def _pairs(self) -> Iterator[Numbers]:
        """Neighbours, and each against the newest: in an order that reads no file twice."""
        newest = len(self.results) - 1
        for head, base in enumerate(self.before):
            if base is not None:
                yield base, head
            if head not in (newest, self.before[newest]):
                yield head, newest

    def _asked(self, base: int, head: int) -> Report | None:
        """None where one of the two has no number that can be compared."""
        with contextlib.suppress(BadInput):
            two = self.results[base], self.results[head]
            return run.judged(self.target, *two, [], self.settings)
        return None

    def _pair(self, base: int, head: int, report: Report) -> Pair:
        old, new = self.results[base], self.results[head]
        kept = [each for each in report.verdicts if each.verdict not in LEFT_OUT]
        steps = [each for each in kept if each.verdict in STEPS and each.row.grade == "counts"]
        most = None if self.before[head] == base else TELLING
        located = {each.row.label for each in sorted(steps, key=changes.order)[:most]}
        found = {}
        for each in kept:
            is_located = each.row.label in located
            moved = where.moved(old, new, each.row) if is_located else []
            found[self.labels[each.row.label]] = kinds.plain(_judged(each, moved))
        return Pair(
            base,
            head,
            summary=report.summary(),
            invalid=list(report.invalid),
            notes=[*run.not_installed(self.target, old, new, self.without), *report.notes],
            unmeasured=changes.unmeasured(self.target, old, new, self.place),
            verdicts={str(index): found[index] for index in sorted(found)},
        )

    def _is_far(self, pair: Numbers) -> bool:
        """Whether the two are no neighbours on a line."""
        base, head = pair
        return self.before[head] != base

    def _release(self, index: int) -> Release:
        result = self.results[index]
        base = self.before[index]
        pair = None if base is None else self.pairs.get((base, index))
        said = [each.verdict for each in pair.judged.values()] if pair else []
        return Release(
            title=self.target.title(result),
            commit=result.commit,
            date=_at(result),
            invalid=result.invalid,
            installed=result.installed or [],
            platform=result.platform,
            findings=sum(each in FINDINGS for each in said) if pair else None,
            improvements=said.count("improvement") if pair else None,
        )

    def _row(self, label: str) -> known.Row:
        row, values = self.rows[label], self.values[label]
        both = list(zip(values, self.results, strict=True))
        has_intervals = any(each.low is not None and each.high is not None for each in values)
        return known.Row(
            label=label,
            benchmark=row.benchmark,
            params={k: v for k, v in row.named.items() if k != "runtime"},
            about=changes.about(self.target.benchmarks, row.benchmark),
            grade=row.grade,
            unit=row.unit,
            exact=not row.is_noisy,
            threshold=self.settings.thresholds.of(row),
            floor=None if row.is_floor else self._floor(row),
            judged=row.is_judged,
            values=[_short(each.value) for each in values],
            low=[_short(each.low) for each in values] if has_intervals else [],
            high=[_short(each.high) for each in values] if has_intervals else [],
            missing={
                str(index): _why(row, each, result)
                for index, (each, result) in enumerate(both)
                if not each.measured and each.state != figures.ABSENT
            },
            best=row.grade == "counts" and not (row.repeats or row.is_noisy),
            codes=_numbers([each.codes.get(row.benchmark) for each in self.results]),
        )

    def _floor(self, row: Row) -> int | None:
        floors = (each for each in self.rows.values() if each.is_floor and each.place == row.place)
        return next((self.labels[each.label] for each in floors), None)


_OTHER = figures.Figure(state=figures.OTHER_VERSION)


def _at(result: Result) -> str:
    return f"{result.date:%Y-%m-%dT%H:%M:%SZ}"


def _numbers(codes: Sequence[str | None]) -> list[int | None]:
    """Codes by number; none where all are one."""
    several = list(dict.fromkeys(filter(None, codes)))
    return [several.index(each) if each else None for each in codes] if len(several) > 1 else []


def _why(row: Row, figure: figures.Figure, result: Result) -> str:
    if figure.state == figures.OTHER_VERSION:
        return "measured by another version of the benchmark"
    return ": ".join(filter(None, [figure.state, result.reason(row.benchmark, row.params)]))


def _judged(verdict: Verdict, moved: Moved) -> Judged:
    low, high = verdict.interval or (None, None)
    change, low, high = (_short(each, 6) for each in (verdict.change, low, high))
    return Judged(verdict.verdict, change, low, high, verdict.reason, moved)


def _short(value: float | None, digits: int = 12) -> float | int | None:
    """Without the last bits, which are noise even of an exact sum; a whole number as one."""
    if value is None or not math.isfinite(value):
        return None
    kept = float(f"{value:.{digits}g}")
    return int(kept) if kept.is_integer() and abs(kept) < 2**53 else kept
