"""Exact cells of a whole asv run: together, once, and again only what is missing."""

import pytest

from harness.common import asked
from harness.session import once
from harness.session.once import exactly
from harness.session.session import Measured, Outcome, cell

FIRST, SECOND, THIRD = (cell("calls_run", "floor", tool_rounds=n) for n in range(3))


@pytest.fixture
def sessions(monkeypatch):
    """The cells of each session; SECOND gets no time in a session of several."""
    found = []

    def measure(cells, exact):
        assert exact
        found.append(list(cells))
        late = [SECOND] if len(found[-1]) > 1 else []
        return Measured(
            {
                one: Outcome(error="no time")
                if one in late
                else Outcome({"calls": [7.0]}, processes=1)
                for one in found[-1]
            },
            wall=1.0,
        )

    monkeypatch.setattr(once, "measure", measure)
    return found


def everything():
    return [FIRST, SECOND, THIRD]


def test_the_first_session_measures_all_and_the_next_what_it_had_no_time_for(
    sessions, monkeypatch, tmp_path
):
    monkeypatch.setenv(asked.FOLDER, str(tmp_path))
    asked.begin([])
    first = exactly([THIRD], everything)
    assert list(first.outcomes) == [THIRD] and first.samples(THIRD, "calls") == [7.0]
    assert exactly([FIRST, THIRD], everything).wall == 0.0
    assert exactly([SECOND], everything).samples(SECOND, "calls") == [7.0]
    assert sessions == [[THIRD, FIRST, SECOND], [SECOND]]
    asked.begin([])  # the next commit
    exactly([FIRST], everything)
    assert len(sessions) == 3


def test_without_the_plugin_a_file_measures_its_own(sessions, monkeypatch):
    monkeypatch.delenv(asked.FOLDER, raising=False)
    exactly([FIRST], everything)
    exactly([FIRST], everything)
    assert sessions == [[FIRST], [FIRST]]


def test_a_file_without_exact_figures_waits_for_none(sessions, monkeypatch, tmp_path):
    monkeypatch.setenv(asked.FOLDER, str(tmp_path))
    exactly([], everything)
    assert sessions == [[]]
