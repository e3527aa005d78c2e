"""Exact cells of a whole asv run: together, once, and again only what is missing."""

import pytest

from harness.common import asked
from harness.session import once
from harness.session.once import exactly
from harness.session.session import Measured, Outcome, cell

FIRST, LATE, THIRD = (cell("calls_run", "floor", tool_rounds=n) for n in range(3))
DONE, NO_TIME = Outcome({"calls": [7.0]}, processes=1), Outcome(error="no time")


@pytest.fixture
def sessions(monkeypatch):
    """The cells of each session of a file."""
    found = []

    def measure(cells, exact):
        assert exact
        found.append(list(cells))
        return Measured(dict.fromkeys(cells, DONE), wall=1.0)

    monkeypatch.setattr(once, "measure", measure)
    return found


def everything():
    return Measured({FIRST: DONE, LATE: NO_TIME, THIRD: DONE}, wall=9.0)


def test_the_first_session_measures_all_and_another_what_there_was_no_time_for(
    sessions, monkeypatch, tmp_path
):
    monkeypatch.setenv(asked.FOLDER, str(tmp_path))
    asked.begin([])
    first = exactly([THIRD], everything)
    assert list(first.outcomes) == [THIRD] and first.samples(THIRD, "calls") == [7.0]
    assert [exactly([FIRST, THIRD], everything).wall, first.wall, sessions] == [0.0, 9.0, []]
    assert exactly([FIRST, LATE], everything).samples(LATE, "calls") == [7.0]
    assert sessions == [[LATE]]
    asked.begin([])  # the next commit
    assert exactly([FIRST], everything).wall == 9.0


def test_without_the_plugin_a_file_measures_its_own(sessions, monkeypatch):
    monkeypatch.delenv(asked.FOLDER, raising=False)
    exactly([FIRST], everything)
    exactly([FIRST], everything)
    assert sessions == [[FIRST], [FIRST]]


def test_a_file_without_exact_figures_waits_for_none(sessions, monkeypatch, tmp_path):
    monkeypatch.setenv(asked.FOLDER, str(tmp_path))
    assert exactly([], everything).wall == 1.0
    assert sessions == [[]]
