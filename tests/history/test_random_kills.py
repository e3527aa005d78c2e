"""A run is ended at moments that nobody chose: what was finished stays, and the end is the same."""

from __future__ import annotations

import random
import shutil
import signal
import time
from pathlib import Path

import pytest
from faults import Faults
from interrupted import LIMIT, Interrupted, until
from tiny_project import Project

MOMENTS = 28
EXACT = ("first", "second")
"""Of the benchmarks of `interrupted`: what a setup_cache counts is how often it was called."""


def ended(runs: Interrupted, number: int, benchmarks: int, seconds: float) -> int:
    """The exit status of a run that gets a signal so long after so many benchmarks have begun:
    which moment that is, is the machine's choice."""
    before = len(runs.log())
    process = runs.start()
    wanted = before + benchmarks
    until(lambda: len(runs.log()) >= wanted or process.poll() is not None, "nothing begins")
    time.sleep(seconds)
    process.send_signal(number)
    process.communicate(timeout=LIMIT)
    return process.returncode


def left(runs: Interrupted, number: int) -> list[object]:
    """What a run has left. kill -9 while a process is being started may leave its folder: there
    is nobody yet who would remove it."""
    return [
        each
        for each in runs.left()
        if number != signal.SIGKILL or not isinstance(each, Path) or not is_of_a_start(each)
    ]


def is_of_a_start(folder: Path) -> bool:
    """Whether it is the folder of a process that was never started, or is gone."""
    if folder.name.startswith("asv-"):  # that of the run itself
        return False
    try:
        return {each.name for each in folder.iterdir()} <= {"reports", "order", "output", "work"}
    except OSError:
        return not folder.exists()


def before_others(log: list[str]) -> set[str]:
    """The benchmarks of a run that were finished, as another one began."""
    return {name for name in (*EXACT, "cells") if name in log[:-1]}


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name
)
def test_whenever_a_run_is_ended_it_goes_on(
    project: Project, number: signal.Signals, fault: Faults
) -> None:
    runs = Interrupted(project)
    runs.run()
    undisturbed, whole = runs.values(), len(runs.log())
    shutil.rmtree(runs.root / "kept")
    moments = random.Random(13)
    had: dict[str, object] = {}
    for _ in range(MOMENTS):
        began = len(runs.log())
        benchmarks = moments.randrange(max(1, whole - len(had) - 2))
        status = ended(runs, number, benchmarks, moments.random() / 2)
        until(lambda: not left(runs, number), lambda: f"left: {left(runs, number)}")
        now = runs.values()
        then = "nothing of the run is left; the same command goes on where it stopped"
        if status:
            finished = had | dict.fromkeys(before_others(runs.log()[began:]))
            fault(f"{number.name} at a random moment of a run", finished, now, then)
        had = now
        if not status:  # it was done: once more from the beginning
            assert {name: had[name] for name in EXACT} == {n: undisturbed[n] for n in EXACT}
            shutil.rmtree(runs.root / "kept")
            had = {}
    runs.run()
    assert set(had) <= set(runs.values()) == set(undisturbed)
    assert {name: runs.values()[name] for name in EXACT} == {n: undisturbed[n] for n in EXACT}


@pytest.mark.slow
def test_a_run_that_is_killed_as_soon_as_it_has_a_folder_leaves_nothing(
    project: Project, fault: Faults
) -> None:
    runs = Interrupted(project)
    process = runs.start()
    place = Path(runs.temporary.name)
    until(lambda: list(place.glob("asv-*")) or process.poll() is not None, "no folder")
    process.kill()
    process.communicate(timeout=LIMIT)
    until(lambda: not runs.left(), lambda: f"left: {runs.left()}")
    fault("kill -9 of a run as it begins", (), (), "nothing of the run is left")
