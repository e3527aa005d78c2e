"""The report of a soak for a terminal."""

from collections.abc import Iterator
from typing import Any

from harness.common.numbers import quantity
from harness.instruments.leaks.readings import GROWS, UNCLEAR
from harness.rendering.lines import wrap
from harness.rendering.tables import plain
from harness.tools.load import console
from harness.tools.load.report import Report
from harness.tools.load.soak.minutes import KILLED, STOPPED

_TITLES = {
    "p50": ("latency p50", "seconds"),
    "p95": ("latency p95", "seconds"),
    "rss": ("memory", "bytes"),
    "threads": ("threads", ""),
    "descriptors": ("descriptors", ""),
    "agent rss": ("the agent's memory", "bytes"),
    "agent threads": ("the agent's threads", ""),
    "agent descriptors": ("the agent's descriptors", ""),
}
_HOW = {KILLED: "the process was killed", STOPPED: "stopped by hand"}


def text(report: Report) -> str:
    """The report for a terminal: interruptions, drift, then as of any load; the verdict is last."""
    data = report.data
    minutes = f"{len(data['minutes'])} minutes of {quantity(data['plan']['minute'], 'seconds')}"
    above = [f"{minutes} each", *_interruptions(data["interruptions"]), "", _drift(data["drift"])]
    missed = [
        f"SLO {each['name']} was missed in {each['minutes_missed']} minutes"
        for each in data["slos"]
        if each["minutes_missed"]
    ]
    grows = [
        f"DRIFT: {_TITLES[name][0]} grows"
        for name, each in data["drift"].items()
        if each["kind"] == GROWS
    ]
    again = [] if data["over"] else ["It is not over: the same command continues it."]
    return "\n".join([wrap("\n".join(above)), "", *missed, *grows, *again, console.text(report)])


def _interruptions(found: list[dict[str, Any]]) -> Iterator[str]:
    for each in found:
        after = "not continued"
        if each["seconds"] is not None:
            after = f"continued after {quantity(each['seconds'], 'seconds')}"
        yield f"interrupted in minute {each['minute']}: {_HOW[each['state']]}, {after}"


def _drift(found: dict[str, dict[str, Any]]) -> str:
    rows = []
    for name, each in found.items():
        title, unit = _TITLES[name]
        change = each["change"]
        shown = [quantity(value, unit) for value in change.values()] if change else ["n/a"] * 3
        kind = f"{each['kind']}: {each['reason']}" if each["kind"] == UNCLEAR else each["kind"]
        rows.append([title, quantity(each["median"], unit), shown[0], " to ".join(shown[1:]), kind])
    return plain(["", "median", "change", "99 % interval", "drift"], rows)
