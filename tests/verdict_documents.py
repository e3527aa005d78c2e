"""Made-up documents of verdicts, for tests of the pages that are made of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.check import known

PACKAGE = "demo-agents"
EVIL = "</script><script>document.title = 'evil'</script><img src=x onerror='document.title = 1'>"


def write(path: Path, releases: int = 4, sizes: int = 2, evil: str = "") -> known.Document:
    """A document in a file, read as pages read it.

    sizes: sets of parameters of each benchmark; evil: in every name.
    """
    content = document(releases, sizes, evil)
    path.write_text(json.dumps(content), encoding="utf-8")
    return known.read(path)


def document(releases: int, sizes: int, evil: str) -> dict[str, Any]:
    """Calls rise by half with release 1 and fall to what they were with 2, lines rise by a
    thousandth with each, seconds treble with 2; one row is n/a before release 2."""
    many = range(releases)
    rows = [row for n in range(sizes) for row in _rows(f"{n}", many, evil)]
    group: dict[str, Any] = {
        "machine": f"lab{evil}",
        "environment": "virtualenv-py3.11",
        "python": "3.11",
        "exact": False,
        "fields": {"machine": f"lab{evil}", "cpu": f"2 cores{evil}"},
        "releases": [_release(n, evil) for n in many],
        "rows": rows,
    }
    group["not_installed"] = [
        {"title": f"1.9{evil}", "commit": "f" * 40, "date": "2026-01-09", "reason": f"no{evil}"}
    ]
    told = [(n - 1, n) for n in many[1:]] + [(n, releases - 1) for n in many[:-2]]
    group["pairs"] = [_pair(rows, *each, evil) for each in told]
    return {
        "schema": known.SCHEMA,
        "target": "demo",
        "project": f"Demo agents{evil}",
        "package": PACKAGE,
        "runtime": "demo",
        "config": "targets/demo.json",
        "as_of": group["releases"][-1]["date"][:10],
        "false_alarms": {"pairs": 45, "with_alarm": 1, "rows": 12825, "alarms": 1},
        "groups": [group],
        "findings": [],
    }


def _release(n: int, evil: str) -> dict[str, Any]:
    return {
        "title": f"1.{n}.0",
        "commit": f"{n:040x}",
        "date": f"2026-{1 + n // 28 % 12:02}-{1 + n % 28:02}T12:00:00Z",
        "invalid": [f"others ran{evil}"] if n == 1 else [],
        "installed": [f"{PACKAGE}==1.{n}.0", f"httpx==0.{n // 2}", f"anyio{evil}==4"],
        "platform": "3.11.9 Linux x86_64",
        "findings": None if n == 0 else 1,
        "improvements": None if n == 0 else 0,
    }


def _rows(size: str, many: range, evil: str) -> list[dict[str, Any]]:
    middle = [1000 + int(size) + 500 * (n == 1) for n in many]
    seconds = [0.002 * (3 if n > 1 else 1) * (1 + n / 1000) for n in many]
    rows = [
        _row("latency.Counted.track_calls", size, "counts", "calls", 0.01, middle, evil),
        _row(
            "latency.Counted.track_lines",
            size,
            "counts",
            "lines",
            0.01,
            [1000 + n for n in many],
            evil,
        ),
        _row("latency.Added.track_p50", size, "absolutes", "seconds", 0.1, seconds, evil),
        _row("latency.Floor.track_calls", size, "counts", "calls", 0.01, [10] * len(many), evil),
        _row(
            "tools.Late.track_calls",
            size,
            "counts",
            "calls",
            0.01,
            [5 if n > 1 else None for n in many],
            evil,
        ),
    ]
    rows[2] |= {
        "exact": False,
        "low": [v * 0.9 for v in seconds],
        "high": [v * 1.1 for v in seconds],
    }
    rows[3]["judged"] = False
    rows[4]["missing"] = {str(n): f"n/a: too early{evil}" for n in many if n < 2}
    return rows


def _row(
    name: str, size: str, grade: str, unit: str, threshold: float, values: list[Any], evil: str
) -> dict[str, Any]:
    return {
        "label": f"{name}{evil}('demo', {size})",
        "benchmark": f"{name}{evil}",
        "params": {"tools": size},
        "about": f"What {name} counts{evil}",
        "grade": grade,
        "unit": unit,
        "exact": True,
        "threshold": threshold,
        "floor": None,
        "judged": True,
        "values": values,
    }


def _pair(rows: list[dict[str, Any]], base: int, head: int, evil: str) -> dict[str, Any]:
    """With the verdicts that the values ask for; seconds that hardly moved are the same."""
    verdicts: dict[str, Any] = {}
    for index, row in enumerate(rows):
        old, new = row["values"][base], row["values"][head]
        if row["judged"] and None not in (old, new) and old != new:
            change = (new - old) / old
            word = "regression" if change > 0 else "improvement"
            found: dict[str, Any] = {"verdict": word, "change": round(change, 6)}
            if abs(change) <= row["threshold"]:
                found |= {"verdict": "changed", "reason": "within the threshold"}
            elif row["exact"]:
                found["functions"] = [[f"Agent.run{evil} (demo/run.py)", 1, 1 + abs(new - old)]]
            else:
                found |= {"low": change - 0.1, "high": change + 0.1}
            if row["exact"] or abs(change) > row["threshold"]:
                verdicts[str(index)] = found
    return {
        "base": base,
        "head": head,
        "summary": f"Demo agents{evil}: 1.{head}.0 against 1.{base}.0, {len(verdicts)} rows moved",
        "invalid": [],
        "notes": [],
        "unmeasured": 2,
        "verdicts": verdicts,
    }
