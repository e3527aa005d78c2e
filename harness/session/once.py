"""Exact cells, measured once in an asv run, all together by the first session that wants some.

So the framework is imported once for each of a few workers, not for those of each file, and no
core waits for the other at the end of each.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence

from harness.common import asked
from harness.session.session import Cell, Measured, measure


def exactly(cells: Sequence[Cell], everything: Callable[[], Measured]) -> Measured:
    """Outcomes of these exact cells; `everything` measures those of all benchmarks of the run."""
    if not (cells and (place := asked.folder())):
        return measure(cells, exact=True)
    measured, path = Measured(), place / asked.EXACT
    if path.exists():
        known = pickle.loads(path.read_bytes())
    else:
        measured = everything()
        # What it had no time for is left to the session of its own file.
        known = {cell: done for cell, done in measured.outcomes.items() if done.processes}
        path.write_bytes(pickle.dumps(known))
    measured.outcomes = {cell: known[cell] for cell in cells if cell in known}
    missing = [cell for cell in cells if cell not in known]
    return measured.update(measure(missing, exact=True)) if missing else measured
