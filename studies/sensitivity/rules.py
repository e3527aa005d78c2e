"""The rules that are put side by side: each says which benchmarks got worse between two commits.

An alarm is a benchmark's label as asv writes it. A benchmark that ran on the one commit and
fails on the other is an alarm of every rule that looks at it.
"""

import re
from argparse import Namespace
from pathlib import Path
from typing import Any

from harness.check import run
from harness.check.rows import Row
from harness.results.target import opened
from studies.planted.generator import RUNTIME

P95, P95_THRESHOLD = "latency.Added.track_p95", 1.10
FAILED = "(a benchmark failed)"
ROW = re.compile(r"\|\s*([-+!*x]?)\s*\|(?:[^|]*\|){3}\s*(\S.*?)\s*\|\s*$")
WORSE = ("+", "!")  # asv's marks: slower, and newly failing

Said = dict[str, Any]
"""alarms, compared (rows looked at) and note: why nothing is said, or what is beside the alarms."""


def said(alarms: list[str], compared: int, **more: str) -> Said:
    """What a rule said, with the runtime's short name."""
    shown = [each.replace(f"'{RUNTIME}'", "'planted'") for each in alarms]
    return {"alarms": shown, "compared": compared, **more}


def on_results(config: Path, base: str, head: str) -> dict[str, Said]:
    """What `python -m harness check BASE HEAD` finds, its SLOs left aside, and the 10 % rule.

    An SLO that the clean code misses, too, says nothing about what was planted.
    """
    asked = Namespace(base=base, head=head, machine=None, env=None, allow_missing=True)
    try:
        with opened(config) as target:
            report = run.check(target, asked, None)
    except ValueError as error:
        return dict.fromkeys(("check", "p95"), said([], 0, note=str(error)))
    alarms = [each.row.label for each in report.sorted() if each.is_finding]
    remark = "; ".join([report.summary(), *report.invalid])
    check = said(alarms, report.compared, remark=remark)
    return {"check": check, "p95": plain_p95([each.row for each in report.verdicts])}


def plain_p95(rows: list[Row]) -> Said:
    """More than 10 % above the former p95 of added latency, in any row of the framework."""
    known = [row for row in rows if row.benchmark == P95 and not row.is_floor and row.base.measured]
    worse = [
        row.label
        for row in known
        if not row.head.measured or row.head.value > P95_THRESHOLD * row.base.value
    ]
    return said(worse, len(known)) if known else said([], 0, note="no p95 was measured")


def on_table(status: int, output: str) -> Said:
    """What asv's table of two commits marks as worse, of `asv compare` and `asv continuous`.

    compared: the rows shown; `asv continuous` shows only those that changed.
    """
    if status == 2:  # something failed, and `asv continuous` shows no table
        return said([FAILED], 1)
    rows = [found.groups() for found in map(ROW.match, output.splitlines()) if found]
    if status > 1 or (status and not rows):
        return said([], 0, note=f"ended with status {status}: {last_line(output)}")
    return said([label for mark, label in rows if mark in WORSE], len(rows))


def last_line(output: str) -> str:
    """The last line that a command printed."""
    return (output.strip().splitlines() or ["no output"])[-1][:200]
