"""What a session asks of which process: in which order, how often, and what it asks no more."""

from contextlib import contextmanager

import pytest

from harness.common import asked
from harness.common.stats import FEWEST_PROCESSES
from harness.session.session import cell, measure


@pytest.fixture
def swept(monkeypatch):
    """What each process is asked for; each cell takes as long as its argument says."""
    found = []

    def sweep(groups, keep, end, workers, exact):
        found.append([[(job["measure"], job["runtime"]) for job in jobs] for jobs in groups])
        for job in (job for jobs in groups for job in jobs):
            keep(job, {"figures": {"x": 1.0}, "seconds": job["args"].get("takes", 0.0)})

    monkeypatch.setattr("harness.session.session.sweep", sweep)
    return found


def test_every_second_process_swaps_who_goes_first(swept):
    measure([[cell("build", name) for name in ("greenlang", "floor")]], count=2)
    order = [("build", "greenlang"), ("build", "floor")]
    assert swept == [[order], [order[::-1]]]


def test_where_all_is_expensive_there_are_as_many_processes_as_a_verdict_needs(swept, monkeypatch):
    light, heavy = cell("a", "floor", takes=0.1), cell("b", "floor", takes=30.0)
    assert len(measure([[light]]).samples(light, "x")) == 8
    measured = measure([[light], [heavy]])
    assert {len(measured.samples(each, "x")) for each in (light, heavy)} == {FEWEST_PROCESSES}
    monkeypatch.setenv("HARNESS_PROCESSES", "7")  # asked for, whatever it costs
    assert len(measure([[heavy]]).samples(heavy, "x")) == 7
    monkeypatch.setenv("HARNESS_PROCESSES", "word")
    with pytest.raises(ValueError, match=r"^HARNESS_PROCESSES: a whole number from 1"):
        measure([[heavy]])


def test_files_experiments_and_entries_take_turns_so_that_none_is_always_first(swept):
    files = [
        [cell(name, "floor", entry=entry) for entry in ("threads", "asyncio") for name in names]
        for names in ("ab", "cd")
    ]
    measure(files, count=4)
    assert [groups[0][0][0] for groups in swept] == ["a", "a", "d", "d"]
    assert all(len(groups) == 4 for groups in swept)


def test_what_an_asv_run_has_measured_it_does_not_measure_again(swept, monkeypatch, tmp_path):
    monkeypatch.setenv(asked.FOLDER, str(tmp_path))
    asked.begin([])
    sampled, exact, late = cell("a", "floor"), cell("b", "floor"), cell("c", "floor")
    first = measure([[sampled]], [[exact]], count=2)
    assert swept == [[[("b", "floor")]], *[[[("a", "floor")]]] * 2]
    second = measure([[sampled]], [[exact], [late]], count=3)
    assert swept[3:] == [[[("c", "floor")]], [[("a", "floor")]]]
    assert [len(each.samples(sampled, "x")) for each in (first, second)] == [2, 3]
    # A run that was killed while it wrote.
    path = tmp_path / asked.CELLS
    path.write_text(path.read_text().rpartition('["a')[0] + '["a')
    assert len(measure([[sampled]], count=2).samples(sampled, "x")) == 2
    assert len(swept) == 5
    (next_commit := tmp_path / "next").mkdir()
    monkeypatch.setenv(asked.FOLDER, str(next_commit))
    measure([[sampled]], count=1)
    assert len(swept) == 6


def test_what_serves_is_started_once_and_only_where_cells_are_left(swept, monkeypatch, tmp_path):
    monkeypatch.setenv(asked.FOLDER, str(tmp_path))
    asked.begin([])
    started = []

    @contextmanager
    def serving():
        started.append(len(swept))
        yield

    for _ in range(2):
        measure([[cell("a", "floor")]], [[cell("b", "floor")]], count=3, serving=serving)
    assert started == [0] and len(swept) == 4
