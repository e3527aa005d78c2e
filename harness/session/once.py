"""Exact cells, measured once in an asv run, all together by the first session that wants some.

So the framework is imported once for each of a few workers, not for those of each file, and no
core waits for the other at the end of each.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable

from harness.common import asked
from harness.session.session import Cell, Measured, measure


def exactly(cells: Iterable[Cell], everything: Callable[[], Iterable[Cell]]) -> Measured:
    """Outcomes of these exact cells; `everything()` are those of all benchmarks of the run."""
    wanted, place = list(cells), asked.folder()
    if not (wanted and place):
        return measure(wanted, exact=True)
    path = place / asked.EXACT
    known = pickle.loads(path.read_bytes()) if path.exists() else {}
    missing = [each for each in wanted if each not in known]
    measured = Measured()
    if missing:
        first = missing if known else everything()
        measured = measure(dict.fromkeys([*missing, *first]), exact=True)
        known |= {each: done for each, done in measured.outcomes.items() if done.processes}
        path.write_bytes(pickle.dumps(known))
    measured.outcomes = {each: known.get(each) or measured.outcomes[each] for each in wanted}
    return measured
