"""A cell that breaks in the worst ways costs itself: the others have their figures."""

from __future__ import annotations

import psutil
import pytest
from faults import Faults
from places import TESTS

from harness.common import family
from harness.session import sweep
from harness.session.session import MeasureFailed, cell, measure

GOOD = [cell("back_to_back", "floor", entry="threads", count=count) for count in (5, 6)]


@pytest.fixture(autouse=True)
def adapters_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASV_CONF_DIR", str(TESTS))


@pytest.mark.slow
@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    ("adapter", "complaint", "kind", "then"),
    [
        ("Hangs", "no report within 5 s", "hang in C", "given up after its time"),
        ("Segfaults", "was ended by SIGSEGV", "death by a signal", "the signal is its reason"),
        ("Hoards", "ended: it held", "memory without end", "ended at its limit"),
        ("Forks", "ended: it held", "processes without end", "ended at its limit of memory"),
        ("Floods", "ended: it printed more", "output without end", "ended at its limit"),
    ],
)
def test_only_the_cell_that_breaks_has_no_figure(
    monkeypatch: pytest.MonkeyPatch,
    exact: bool,
    adapter: str,
    complaint: str,
    kind: str,
    then: str,
    fault: Faults,
) -> None:
    monkeypatch.setenv(family.MEMORY, "400MB")
    monkeypatch.setattr(family, "OUTPUT", 2**20)
    monkeypatch.setattr(sweep, "CELL_SECONDS", 5.0 if adapter == "Hangs" else 60.0)
    bad = cell("back_to_back", f"fault_adapters:{adapter}", entry="threads", count=5)
    files = [[GOOD[0], bad, GOOD[1]], [cell("back_to_back", "floor", entry="threads", count=7)]]
    before = set(psutil.Process().children(recursive=True))
    measured = measure(exact=files) if exact else measure(files, count=2)
    assert set(psutil.Process().children(recursive=True)) <= before
    with pytest.raises(MeasureFailed, match=complaint):
        measured.samples(bad, "added_p50")
    good = {each.label for each in (*GOOD, files[1][0])}
    kept = {each.label for each, found in measured.outcomes.items() if found.samples}
    fault(f"a cell: {kind}", good, kept, f"{then}; the other cells have their figures")
