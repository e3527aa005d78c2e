"""How the study of validity tells what it measured; measuring takes minutes."""

from __future__ import annotations

import itertools

import pytest

from studies import validity


def run(state: str, late: float, reasons: list[str]) -> dict:
    return {"state": state, "late": late, "waited": late / 3, "drift": 0.02, "reasons": reasons}


def test_each_state_has_a_row_with_how_often_it_was_called_invalid() -> None:
    runs = [run("quiet", late, []) for late in (0.0, 0.01, 0.05)]
    runs += [run("half a core", 0.6, ["a core was busy"])]
    lines = validity.table({"runs": runs})
    assert lines[0].startswith("| others use | runs | called invalid | late readings |")
    assert lines[2].startswith("| quiet | 3 | 0 | 1 % (0 % to 5 %) |")
    assert lines[3].startswith("| half a core | 1 | 1 | 60 % (60 % to 60 %) |")
    assert len(lines) == 4
    assert validity.table({"runs": []}) == []


def test_the_load_is_on_for_its_share_of_the_time(monkeypatch) -> None:
    """On a clock that moves only when it is read or slept on."""
    ticks, slept = itertools.count(), []

    class Enough(Exception):
        pass

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise Enough

    now = lambda: next(ticks) / 1000 + sum(slept)  # noqa: E731
    monkeypatch.setattr(validity.time, "monotonic", now)
    monkeypatch.setattr(validity.time, "sleep", sleep)
    with pytest.raises(Enough):
        validity.busy(0.5)
    assert all(0.04 < each < 0.055 for each in slept)
