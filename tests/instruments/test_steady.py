"""The fixed loop that runs beside what is measured."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from harness.common import asked
from harness.history.validity import LATE
from harness.instruments import steady
from harness.session.session import cell, measure


@pytest.mark.skipif(sys.platform != "linux", reason="cores are taken away there only")
def test_a_core_that_is_not_there_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady, "cores", lambda: 2)
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        # Both want the core that is left, and time slices are shorter than the work.
        assert max(steady.reading().waited for _ in range(5)) > LATE
    finally:
        os.sched_setaffinity(0, allowed)


def test_a_reading_is_kept_in_an_asv_run_and_not_too_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(asked.FOLDER, raising=False)
    monkeypatch.setattr(steady, "_next", 0.0)
    steady.look()
    assert steady._next == 0.0
    monkeypatch.setenv(asked.FOLDER, str(tmp_path))
    for moment in (0.0, float("inf")):
        steady.look()
        monkeypatch.setattr(steady, "_next", moment)
    steady.look()
    kept = list(steady.kept(tmp_path))
    assert len(kept) == 2
    assert all(0 <= each.waited < 1 and each.seconds > 0 for each in kept)


def test_what_is_measured_sees_no_thread_of_it() -> None:
    before = threading.enumerate()
    steady.reading()
    assert threading.enumerate() == before


def test_a_line_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    assert list(steady.kept(tmp_path)) == []
    (tmp_path / steady.FILE).write_text("\n[0.03, 0.003]\n[0.5, 0.0\n[0.04, 0.003]\n7\n")
    assert [each.waited for each in steady.kept(tmp_path)] == [0.03, 0.04]


@pytest.mark.parametrize("counts_only", ["", "1"])
def test_what_is_timed_has_readings_beside_it_and_what_is_counted_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counts_only: str
) -> None:
    monkeypatch.setenv(asked.FOLDER, str(tmp_path))
    monkeypatch.setenv("HARNESS_COUNTS_ONLY", counts_only)
    timed = cell("back_to_back", "floor", entry="threads", count=5)
    counted = cell("calls_run", "floor", entry="threads", tool_rounds=0)
    measure(exact=[[counted]])
    assert list(steady.kept(tmp_path)) == []
    measure([[timed]], count=2)
    assert bool(list(steady.kept(tmp_path))) == (not counts_only)
