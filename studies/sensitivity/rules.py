"""The rules that are put side by side: each says which benchmarks got worse between two commits.

An alarm is a benchmark's label as asv writes it. A benchmark that ran on the one commit and
fails on the other is an alarm of every rule that looks at it.
"""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from harness.check import run
from harness.results.target import opened
from studies.sensitivity.project import SHORT, Done, Project, shortened

P95 = "latency.Added.track_p95"
P95_THRESHOLD = 1.10
WORSE = ("+", "!")  # asv's marks: slower, and newly failing
MARKS = (*WORSE, "-", "*", "x")


@dataclass(frozen=True)
class Verdict:
    """What a rule said. compared: rows it looked at; note: why it said nothing, if it did not.

    remark: what it said beside its alarms.
    """

    alarms: tuple[str, ...] = ()
    compared: int = 0
    note: str = ""
    remark: str = ""

    def record(self) -> dict[str, object]:
        """The form kept as raw data."""
        return {name: value for name, value in asdict(self).items() if value != ""}


def check(project: Project, base: str, head: str) -> Verdict:
    """What `python -m harness check BASE HEAD` finds, its SLOs left aside.

    An SLO that the clean code misses, too, says nothing about what was planted.
    """
    asked = Namespace(base=base, head=head, config=project.config, machine=None, env=None)
    try:
        with opened(project.config) as target:
            report = run.check(target, asked, None)
    except ValueError as error:
        return Verdict(note=str(error))
    alarms = tuple(shortened(each.row.label) for each in report.sorted() if each.is_finding)
    remark = "; ".join([report.summary(), *report.invalid])
    return Verdict(alarms, report.compared, remark=remark)


def compare(project: Project, base: str, head: str) -> Verdict:
    """Stock `asv compare` at its default settings."""
    done = project.asv("compare", base, head, timeout=600)
    return parse_table(done.output) if done.status == 0 else Verdict(note=_last_line(done))


def continuous(project: Project, base: str, head: str, timeout: float) -> Verdict:
    """Stock `asv continuous` at its default settings: measures both again, in turn."""
    done = project.asv("continuous", base, head, *project.selection(), timeout=timeout)
    if done.status == 2:  # something failed, so it shows no table; that is an alarm without names
        return Verdict(("(a benchmark failed)",), 1)
    return parse_table(done.output) if done.status in (0, 1) else Verdict(note=_last_line(done))


def parse_table(output: str) -> Verdict:
    """The rows of asv's table of two commits that are marked as worse.

    compared: the rows shown; `asv continuous` shows only those that changed.
    """
    alarms, rows = [], 0
    for line in output.splitlines():
        # A label may hold a bar, so only the first four are borders.
        cells = [cell.strip() for cell in line.strip().strip("|").split("|", 4)]
        if len(cells) != 5 or cells[0] == "Change" or re.fullmatch(r":?-+:?", cells[1]):
            continue
        rows += 1
        if cells[0] in WORSE:
            alarms.append(shortened(cells[4]))
    return Verdict(tuple(alarms), rows)


def plain_p95(base: Mapping[str, float | None], head: Mapping[str, float | None]) -> Verdict:
    """More than 10 % above the former p95 of added latency, in any row of the framework."""
    rows = [label for label in base if label.startswith(f"{P95}('{SHORT}'")]
    if not rows:
        return Verdict(note="no p95 was measured")
    alarms = []
    for label in rows:
        before, after = base[label], head.get(label)
        if before is not None and (after is None or after > P95_THRESHOLD * before):
            alarms.append(label)
    return Verdict(tuple(alarms), len(rows))


def _last_line(done: Done) -> str:
    lines = done.output.strip().splitlines() or ["no output"]
    return f"ended with status {done.status}: {lines[-1][:200]}"
