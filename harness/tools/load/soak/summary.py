"""All that a soak has to say: its minutes added up and judged as any load is, and their drift."""

import argparse
import datetime
import math
from collections import Counter
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import Any

from harness.instruments.arrivals.plan import Plan
from harness.instruments.leaks.readings import GROWS
from harness.tools.load import judge, metrics
from harness.tools.load.report import Report, planned
from harness.tools.load.soak import drift, folder
from harness.tools.load.soak.added import Summed
from harness.tools.load.soak.minutes import WHOLE, Minute

FORMAT = 1

LEVELS = ("p50", "p95")
"""Latencies that may drift."""

HELD = {"rss": 1e6, "threads": 1.0, "descriptors": 1.0}
"""What a process holds, and the least change of it that is called a drift; "agent rss" and so on
are of an agent elsewhere."""

_KEPT = ("minute", "at", "state", "begin", "seconds", "sent", "ok", "errors", "unsent", "in_flight")
_TIMES = ("p50", "p95", "p99", "used")


def report(
    arguments: argparse.Namespace, plan: Plan, shape: dict[str, Any], target: tuple[str, float]
) -> Report:
    """The soak in a folder. data: as its JSON file has it, which is a load's but for this:

    `minutes` instead of `seconds`; of each SLO how many minutes missed it; `interruptions`; `drift`
    of each series; `over`: whether all of it was made. target: name, seconds that are the model's.
    """
    path, slos, (name, injected) = Path(arguments.soak_in), arguments.slo, target
    within = judge.tightest(slos)
    measured = Summed(folder.read(path), plan, within, injected)
    minutes, missed, position = [], Counter[str](), 0.0
    for minute in folder.read(path):
        alone = metrics.figures(Summed([minute], plan, within, injected)) if slos else {}
        missed.update(slo.name for slo in slos if not slo.judged(alone)["met"])
        minutes.append({key: minute[key] for key in (*_KEPT, *_TIMES)})
        position = minute["position"]
    if not folder.is_over(plan, position, measured.due):
        measured.outcome.stopped_at = position
    figures = metrics.figures(measured)
    reasons = list(judge.reasons(measured, figures))
    data = {
        "format": FORMAT,
        "target": {"name": name, "injected_seconds": injected},
        "plan": planned(plan, shape) | {"minute": arguments.soak_minute},
        "ended": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "over": measured.outcome.stopped_at is None,
        "verdict": "invalid" if reasons else "valid",
        "reasons": reasons,
        "slos": [slo.judged(figures) | {"minutes_missed": missed[slo.name]} for slo in slos],
        "figures": metrics.nested(figures),
        "interruptions": interruptions(minutes),
        "drift": {name: asdict(each) for name, each in drifts(minutes).items()},
        "minutes": minutes,
        "curve": measured.curve(),
    }
    return Report(data, figures, measured.outcome, measured.latencies)


def status(made: Report) -> int:
    """As of a load; also 1 if something grows."""
    grows = any(each["kind"] == GROWS for each in made.data["drift"].values())
    return made.status or int(grows)


def interruptions(minutes: list[Minute]) -> list[dict[str, Any]]:
    """Each minute that was not whole: how it ended, and seconds until the next; None: not yet."""
    found = []
    for minute, after in zip_longest(minutes, minutes[1:]):
        if minute["state"] != WHOLE:
            gap = None if after is None else _moment(after) - _moment(minute) - minute["seconds"]
            found.append({"minute": minute["minute"], "state": minute["state"], "seconds": gap})
    return found


def _moment(minute: Minute) -> float:
    return datetime.datetime.fromisoformat(minute["at"]).timestamp()


def drifts(minutes: list[Minute]) -> dict[str, drift.Drift]:
    """Of each series. Latencies: of all whole minutes; what a process holds: of the longest time
    without an interruption, as a new process holds less."""
    whole, runs = [], [list[Minute]()]
    for minute in minutes:
        if minute["state"] == WHOLE:
            whole.append(minute)
            runs[-1].append(minute)
        else:
            runs.append([])
    found = {}
    for name in LEVELS:
        timed = [minute for minute in whole if minute[name] is not None]
        found[name] = drift.of_levels([each[name] for each in timed], _length(timed))
    longest = max(runs, key=len)
    for name in [*HELD, *(f"agent {each}" for each in HELD)]:
        values = [minute["used"][name] for minute in longest if name in minute["used"]]
        if values or name in HELD:
            least = HELD[name.removeprefix("agent ")]
            found[name] = drift.of_holdings(values, _length(longest), least)
    return found


def _length(minutes: list[Minute]) -> float:
    return math.fsum(minute["seconds"] for minute in minutes) / max(1, len(minutes))
