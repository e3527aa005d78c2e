"""Made-up histories for tests of a target's page."""

from __future__ import annotations

import dataclasses
from typing import Any

from harness.check.known import Document, FalseAlarms, Group, Pair, Release, Row

EVIL = "</details><script>document.title = 'evil'</script>"
TITLES = ["v1", "v2", "v3"]
NO_FLOOR: dict[str, Any] = {"floor": None, "judged": True}


def row(name: str, values: list[float | None], **changed: Any) -> Row:
    made = Row(
        label=f"{name}('mine', 3)",
        benchmark=name,
        params={"tools": "3"},
        about=f"What {name} measures",
        grade="counts",
        unit="calls",
        exact=True,
        threshold=0.01,
        floor=0,
        judged=True,
        values=values,
    )
    return dataclasses.replace(made, **changed)


def document(rows: list[Row], pairs: list[Pair], titles: list[str] = TITLES) -> Document:
    releases = [
        Release(
            title, f"{i:040x}", f"2025-10-{i % 28 + 1:02d}T12:00:00Z", [], [f"dep=={i}"], "py", 1, 0
        )
        for i, title in enumerate(titles)
    ]
    releases[0] = dataclasses.replace(releases[0], findings=None, improvements=None)
    releases[1:2] = [dataclasses.replace(r, invalid=["others ran"]) for r in releases[1:2]]
    group = Group("lab", "venv", "3.11", False, {"cpu": "1"}, releases, rows, pairs)
    alarms = FalseAlarms(45, 1, 12825, 1)
    made = Document(
        *(1, "demo", "Demo <agents>", "demo", "mine", "targets/demo.json", "2025-10-03"),
        alarms,
        [group],
        [],
    )
    return made


def pair(base: int, head: int, verdicts: dict[str, Any]) -> Pair:
    summary = f"Demo <agents>: {TITLES[head % 3]} is worse than {TITLES[base % 3]}"
    return Pair(base, head, summary, [], [], 0, verdicts)


def demo() -> Document:
    """calls doubled in v2 and again in v3; lines rose a little in v3; blocks came in v2; p50 was
    not judged; one row is gone, one never was."""
    noisy: dict[str, Any] = {
        "grade": "absolutes",
        "unit": "seconds",
        "exact": False,
        "threshold": 0.1,
    }
    rows = [
        row("floor", [8, 8, 8], **NO_FLOOR | {"judged": False}),
        row("latency.calls", [100, 200, 400]),
        row("latency.lines", [100, 100, 103], unit="lines"),
        row("loop.blocks", [0, 3, 3], **NO_FLOOR),
        row("latency.p50", [1e-3, 2e-3, 1e-3], low=[9e-4] * 3, high=[3e-3] * 3, **noisy),
        row("evil", [5, 5, None], about=EVIL, label=EVIL, missing={"2": "failed: it broke"}),
        row("never", [None] * 3, missing={"2": "n/a: cannot stream"}),
        row("same", [7, 7, 7]),
    ]
    doubled = {
        "verdict": "regression",
        "change": 1.0,
        "functions": [["Run.go (mine/run.py)", 0, 14]],
    }
    pairs = [
        pair(0, 1, {"1": doubled, "3": {"verdict": "regression"}}),
        pair(
            1,
            2,
            {
                "1": doubled,
                "2": {"verdict": "regression", "change": 0.03},
                "4": {
                    "verdict": "no verdict",
                    "change": -0.5,
                    "reason": "the machine moved by 50 %",
                },
                "5": {"verdict": "failed", "reason": "it gave a number before"},
            },
        ),
        pair(0, 2, {"3": {"verdict": "improvement", "change": -0.9}}),
    ]
    return document(rows, pairs)
