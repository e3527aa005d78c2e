"""Makes the document of a target (see `known`) from its results, with the code of `check`."""

import contextlib
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.check import changes, known, run, slo, where
from harness.check.judge import FINDINGS, Verdict
from harness.check.report import Report
from harness.check.rows import Row, rows
from harness.check.steps import STEPS
from harness.common import files
from harness.history import spec
from harness.history.errors import HistoryError
from harness.results import figures
from harness.results.files import BadInput, NoResults
from harness.results.result import Result
from harness.results.target import Target, opened

LEFT_OUT = ("same", "n/a")
TELLING = 12
"""Rows of a pair of which the functions are kept, where the two are no neighbours."""
LINES: dict[str, Any] = {
    "groups": {"releases": {}, "rows": {}, "pairs": {}},
    "findings": {},
}
"""The lists of which each item has a line of its own, so that a new release changes few."""

Json = dict[str, Any]
Numbers = tuple[int, int]


def document(config: Path) -> Json:
    """That of a configuration, as JSON; NoResults, one line, where there is none."""
    with opened(config) as target:
        return of_target(target)


def write(path: Path, content: Json) -> None:
    """Write a document as it is kept."""
    files.write(path, text(content))


def text(content: Json, lines: Json = LINES) -> str:
    """A document as it is kept; of another one, `lines` says what of it has lines of its own."""
    return _laid(content, lines) + "\n"


def _laid(value: Any, lines: Json | None) -> str:
    if lines and isinstance(value, dict):
        parts = (f"{json.dumps(k)}: {_laid_list(v, lines.get(k))}" for k, v in value.items())
        return "{" + ",\n".join(parts) + "}"
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _laid_list(value: Any, lines: Json | None) -> str:
    if lines is None or not value:
        return _laid(value, None)
    return "[\n" + ",\n".join(_laid(each, lines) for each in value) + "\n]"


def of_target(target: Target) -> Json:
    """The document of an opened target; NoResults where it has none."""
    name = target.folder.name
    found = target.every()
    measured = [[each for each in group if each.has_numbers] for group in found]
    every = [group for group in measured if group]
    if not every:
        raise NoResults(f"no results of a framework in {target.folder}")
    without = [each for group in found for each in group if each.not_installed]
    ordered = sorted(every, key=_completeness)
    groups = [_Group(target, group, without).document for group in ordered]
    findings = changes.newest(list(changes.of_results(name, target, every)))
    return _finite(
        {
            "schema": known.SCHEMA,
            "target": name,
            "project": str(target.conf.project),
            "package": _package(target),
            "runtime": every[0][-1].runtime,
            "config": target.named_config,
            "as_of": max(f"{each.date:%Y-%m-%d}" for group in every for each in group),
            "false_alarms": _false_alarms(),
            "groups": groups,
            "findings": [each.document for each in findings],
        }
    )


def _finite(content: Json) -> Json:
    """What is not finite is null, as JSON has no other."""
    found: Json = json.loads(json.dumps(content), parse_constant=lambda name: None)
    return found


def _completeness(group: list[Result]) -> tuple[Any, ...]:
    """Newest first, then the one with most rows, in the newest and in all."""
    newest = max(group, key=lambda each: each.date)
    many = [sum(map(len, each.figures.values())) for each in (newest, *group)]
    return -newest.date.timestamp(), -many[0], -sum(many), group[0].machine, group[0].environment


def _package(target: Target) -> str | None:
    if not str(target.conf.repo).startswith(spec.PREFIX):
        return None
    with contextlib.suppress(HistoryError):
        return spec.parse(target.conf.repo).name
    return None


def _false_alarms() -> Json | None:
    """Those of the sensitivity study, which `python -m studies.pages` keeps beside this."""
    path = Path(__file__).with_name("false_alarms.json")
    found: Json = files.parsed(path, json.loads)
    return found if found["pairs"] else None


class _Group:
    """The results of a machine and environment, oldest first, all of them with numbers."""

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

    def _pair(self, base: int, head: int, report: Report) -> Json:
        old, new = self.results[base], self.results[head]
        kept = [each for each in report.verdicts if each.verdict not in LEFT_OUT]
        steps = [each for each in kept if each.verdict in STEPS and each.row.grade == "counts"]
        most = None if self.before[head] == base else TELLING
        located = {each.row.label for each in sorted(steps, key=changes.order)[:most]}
        found = {}
        for each in kept:
            is_located = each.row.label in located
            moved = where.moved(old, new, each.row) if is_located else []
            found[self.labels[each.row.label]] = _verdict(each, moved)
        return {
            "base": base,
            "head": head,
            "summary": report.summary(),
            "invalid": report.invalid,
            "notes": [*run.not_installed(self.target, old, new, self.without), *report.notes],
            "unmeasured": changes.unmeasured(self.target, old, new, self.place),
            "verdicts": {str(index): found[index] for index in sorted(found)},
        }

    @property
    def document(self) -> Json:
        first = self.results[0]
        fields = {key: str(value) for key, value in first.asv.params.items()}
        return {
            "machine": first.machine,
            "environment": first.environment,
            "python": fields.get("python", ""),
            "exact": first.is_exact,
            "fields": fields,
            "releases": [self._release(index) for index in range(len(self.results))],
            "rows": [self._row(label) for label in self.labels],
            "pairs": [self.pairs[two] for two in sorted(self.pairs, key=self._is_far)],
        } | self._not_installed

    @property
    def _not_installed(self) -> Json:
        rows = [
            {
                "title": self.target.title(each),
                "commit": each.commit,
                "date": f"{each.date:%Y-%m-%dT%H:%M:%SZ}",
                "reason": each.not_installed,
            }
            for each in self.without
        ]
        return {"not_installed": rows} if rows else {}

    def _is_far(self, pair: Numbers) -> bool:
        """Whether the two are no neighbours on a line."""
        base, head = pair
        return self.before[head] != base

    def _release(self, index: int) -> Json:
        result = self.results[index]
        base = self.before[index]
        pair = None if base is None else self.pairs.get((base, index))
        said = [each["verdict"] for each in pair["verdicts"].values()] if pair else []
        return {
            "title": self.target.title(result),
            "commit": result.commit,
            "date": f"{result.date:%Y-%m-%dT%H:%M:%SZ}",
            "invalid": result.invalid,
            "installed": result.installed or [],
            "platform": result.platform,
            "findings": sum(each in FINDINGS for each in said) if pair else None,
            "improvements": said.count("improvement") if pair else None,
        }

    def _row(self, label: str) -> Json:
        row, values = self.rows[label], self.values[label]
        floor = None if row.is_floor else self._floor(row)
        found = {
            "label": label,
            "benchmark": row.benchmark,
            "params": {k: v for k, v in row.named.items() if k != "runtime"},
            "about": changes.about(self.target.benchmarks, row.benchmark),
            "grade": row.grade,
            "unit": row.unit,
            "exact": not row.is_noisy,
            "threshold": self.settings.thresholds.of(row),
            "floor": floor,
            "judged": row.is_judged,
            "values": [_short(each.value) for each in values],
        }
        if any(each.low is not None and each.high is not None for each in values):
            found |= {side: [_short(getattr(each, side)) for each in values] for side in _SIDES}
        missing = {
            str(index): _why(row, each, result)
            for index, (each, result) in enumerate(zip(values, self.results, strict=True))
            if not each.measured and each.state != figures.ABSENT
        }
        found |= {"missing": missing} if missing else {}
        is_best = row.grade == "counts" and not (row.repeats or row.is_noisy)
        found |= {"best": True} if is_best else {}
        codes = [each.codes.get(row.benchmark) for each in self.results]
        several = list(dict.fromkeys(filter(None, codes)))
        return found | ({"codes": _numbers(codes, several)} if len(several) > 1 else {})

    def _floor(self, row: Row) -> int | None:
        floors = (each for each in self.rows.values() if each.is_floor and each.place == row.place)
        return next((self.labels[each.label] for each in floors), None)


_OTHER = figures.Figure(state=figures.OTHER_VERSION)
_SIDES = ("low", "high")


def _numbers(codes: Sequence[str | None], several: Sequence[str]) -> list[int | None]:
    return [several.index(each) if each else None for each in codes]


def _why(row: Row, figure: figures.Figure, result: Result) -> str:
    if figure.state == figures.OTHER_VERSION:
        return "measured by another version of the benchmark"
    return ": ".join(filter(None, [figure.state, result.reason(row.benchmark, row.params)]))


def _verdict(verdict: Verdict, moved: known.Moved) -> Json:
    """What is not known, or says nothing, is left out."""
    low, high = verdict.interval or (None, None)
    found = {
        "verdict": verdict.verdict,
        "change": _short(verdict.change, 6),
        "low": _short(low, 6),
        "high": _short(high, 6),
        "reason": verdict.reason,
        "functions": moved,
    }
    return {key: value for key, value in found.items() if value not in (None, "", [])}


def _short(value: float | None, digits: int = 12) -> float | int | None:
    """Without the last bits, which are noise even of an exact sum; a whole number as one."""
    if value is None or not math.isfinite(value):
        return None
    kept = float(f"{value:.{digits}g}")
    return int(kept) if kept.is_integer() and abs(kept) < 2**53 else kept
