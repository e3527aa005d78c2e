"""One minute of a soak as it is written, a JSON object in a line: made of the board's counters."""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.common import kinds
from harness.common.numbers import number, quantity
from harness.instruments.arrivals import board
from harness.instruments.arrivals.board import Slot, Values
from harness.tools.load.figures import percentile

Minute = dict[str, Any]

WHOLE, STOPPED, KILLED = "whole", "stopped", "killed"
"""How a minute ended: by its time (or the load's), by hand, or with the process."""

PERCENTS = {"p50": 50.0, "p95": 95.0, "p99": 99.0}
_USED = ("rss", "threads", "descriptors", "cpu", "machine")  # those of a served agent may be absent


@dataclass(frozen=True)
class _Histogram:
    sum: float
    max: float
    cells: dict[str, int]


_KINDS: dict[str, Any] = {
    **dict.fromkeys(("at", "state"), str),
    **dict.fromkeys(("begin", "position", "seconds"), float),
    **dict.fromkeys(
        ("minute", "carried", "sent", "ok", "in_flight", "unsent", "peak", "good"), int
    ),
    **dict.fromkeys(("latency", "late"), _Histogram),
    **dict.fromkeys(PERCENTS, float | None),
    "errors": dict[str, int],
    "used": dict[str, float | None] | None,
}


def read(text: str) -> list[Minute]:
    """The minutes of a file, one a line. Raises ValueError, one line, for what is none."""
    found = [kinds.of(dict[str, Any], json.loads(each), "a minute") for each in text.splitlines()]
    for minute in found:
        for name, kind in _KINDS.items():
            if name not in minute:
                raise ValueError(f"a minute has no {name}")
            kinds.of(kind, minute[name], name)
        if (used := minute["used"]) is not None:
            for name in _USED:
                kinds.of(float, used.get(name), f"used.{name}")
        datetime.datetime.fromisoformat(minute["at"])
        for name in ("latency", "late"):
            if not all(0 <= int(at) < board.CELLS for at in minute[name]["cells"]):
                raise ValueError(f"{name} has a cell that no histogram has")
    return found


def made(
    slot: Slot,
    names: Sequence[str],
    state: str,
    used: dict[str, Any] | None,
    position: float | None = None,
) -> Minute:
    """The minute that a slot has counted. carried + sent = ok + each of errors + in_flight.

    begin, position: seconds of load before it and at its end (if not those of the slot); seconds:
    its own, the waiting for replies at the end among them. in_flight: carried into the next one;
    where there is none, they are unfinished. used: by the process, None if nobody could ask it.
    """
    whole, real = slot.whole, slot.real
    ended = {name: slot.ended[code] for code, name in enumerate(names) if slot.ended[code]}
    ok, flying = ended.pop("ok", 0), slot.in_flight
    if state != WHOLE and flying:
        ended["unfinished"], flying = ended.get("unfinished", 0) + flying, 0
    minute: Minute = {
        "minute": whole[board.NUMBER],
        "at": _iso(real[board.WALL]),
        "state": state,
        "begin": real[board.BEGIN],
        "position": real[board.POSITION] if position is None else position,
        "seconds": real[board.POSITION] - real[board.BEGIN],
        "carried": whole[board.CARRIED],
        "sent": whole[board.SENT],
        "ok": ok,
        "errors": ended,
        "in_flight": flying,
        "unsent": whole[board.UNSENT],
        "peak": whole[board.PEAK],
        "good": whole[board.GOOD],
        "latency": _histogram(slot.latency, real[board.SUM], real[board.MOST]),
        "late": _histogram(slot.late, 0.0, real[board.LATEST]),
        "used": used,
    }
    for name, percent in PERCENTS.items():
        minute[name] = percentile(values(minute), percent)
    return minute


def _iso(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).isoformat(timespec="milliseconds")


def _histogram(cells: Sequence[int], total: float, most: float) -> dict[str, Any]:
    counted = {str(at): count for at, count in enumerate(cells) if count}
    return {"sum": total, "max": most, "cells": counted}


def values(minute: Minute, name: str = "latency") -> Values:
    """The latencies of a minute (or "late")."""
    found = minute[name]
    cells = {int(at): count for at, count in found["cells"].items()}
    return Values(cells, found["sum"], found["max"])


def line(minute: Minute) -> str:
    """One minute in one line, for people."""
    errors = ", ".join(f"{kind} {number(count)}" for kind, count in minute["errors"].items())
    parts = [
        f"minute {minute['minute']}",
        f"sent {number(minute['sent'])}",
        f"ok {number(minute['ok'])}",
        f"errors {number(sum(minute['errors'].values()))}" + (f" ({errors})" if errors else ""),
        f"in flight {number(minute['in_flight'])}",
        *(f"{name} {quantity(minute[name], 'seconds')}" for name in PERCENTS),
    ]
    if used := minute["used"]:
        cpu = 100 * used["cpu"] / minute["seconds"] if minute["seconds"] else None
        parts += [f"CPU {quantity(cpu, 'percent')}", quantity(used["rss"], "bytes")]
        parts += [f"{number(used[name])} {name}" for name in ("threads", "descriptors")]
        if "agent rss" in used:
            parts.append(f"agent {quantity(used['agent rss'], 'bytes')}")
    if minute["state"] != WHOLE:
        parts.append(minute["state"])
    return "  ".join(parts)
