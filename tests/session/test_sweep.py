"""Cells that hang in forks of one process, by what a process would report."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from harness.common.children import NoReport
from harness.session import sweep

OK: dict[str, Any] = {"figures": {}}
HANGS = NoReport("no report within 120 s")


@pytest.mark.parametrize(
    ("said", "lost"),
    [
        ([True, [1, OK], HANGS], ["a", "c"]),
        ([True, [0, OK], [1, OK], HANGS], ["c", "d"]),
        ([HANGS], []),
    ],
)
def test_a_cell_that_hangs_is_given_up_once(monkeypatch, said: list[Any], lost: list[str]) -> None:
    alone: list[str] = []

    class Fake:
        def __init__(self, function: str, order: dict[str, Any], **options: object) -> None:
            own = [job["name"] for job in order.get("jobs", ())]
            alone.extend(own)
            self.reports: Iterator[Any] = iter([True, *[OK] * len(own)] if own else said)

        def __enter__(self) -> Fake:
            return self

        def __exit__(self, *raised: object) -> None:
            pass

        def read(self, limit: float) -> Any:
            if isinstance(report := next(self.reports), Exception):
                raise report
            return report

    monkeypatch.setattr(sweep, "Child", Fake)
    groups = [[{"name": name} for name in names] for names in ("a", "bc", "d")]
    kept: dict[str, Any] = {}

    def keep(job: Any, entry: Any) -> None:
        assert job["name"] not in kept
        kept[job["name"]] = entry

    sweep.sweep(groups, keep, math.inf, 2, exact=True)
    assert sorted(kept) == ["a", "b", "c", "d"]
    assert [name for name in sorted(kept) if "error" in kept[name]] == lost
    assert not {*alone} & {*lost}
