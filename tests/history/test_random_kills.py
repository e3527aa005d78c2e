"""A run is ended at moments that nobody chose: what was finished stays, and the end is the same."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time

import pytest
from faults import Faults
from interrupted import LIMIT, Interrupted, until
from tiny_project import Project

MOMENTS = 20
EXACT = ("first", "second")
"""Of the benchmarks of `interrupted`: what a setup_cache counts is how often it was called."""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_whenever_a_run_is_ended_it_goes_on(
    project: Project, number: signal.Signals, fault: Faults
) -> None:
    runs = Interrupted(project)
    begin = time.monotonic()
    runs.run()
    whole, undisturbed = time.monotonic() - begin, runs.values()
    shutil.rmtree(runs.root / "kept")
    moments = random.Random(13)
    had: dict[str, object] = {}
    for _ in range(MOMENTS):
        process = runs.start()
        # Which moment it is depends on the machine; that nothing is lost must not.
        time.sleep(moments.random() * whole)
        os.kill(process.pid, number)  # it may have ended, but nobody has asked for its status
        process.communicate(timeout=LIMIT)
        until(lambda: not runs.left(), "something is left")
        now = runs.values()
        then = "nothing of the run is left; the same command goes on where it stopped"
        fault(f"{number.name} at a random moment of a run", had, now, then)
        assert not list(runs.root.rglob("*.lock")) or number == signal.SIGKILL
        had = now
        if process.returncode == 0:  # it was done: once more from the beginning
            assert {name: had[name] for name in EXACT} == {n: undisturbed[n] for n in EXACT}
            shutil.rmtree(runs.root / "kept")
            had = {}
    runs.run()
    assert set(had) <= set(runs.values()) == set(undisturbed)
    assert {name: runs.values()[name] for name in EXACT} == {n: undisturbed[n] for n in EXACT}
