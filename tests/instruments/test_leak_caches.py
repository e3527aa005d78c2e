"""Caches and leaks: what fills and stops is never called a leak, whether after few runs or many."""

import functools
import itertools
from collections import Counter

import pytest
from leak_findings import evidence, found

from harness.instruments.leaks.report import LEAK, NO_LEAK
from harness.instruments.leaks.study import find_leak


def memory(number):
    return bytes(1000) + str(number).encode()


def objects(number):
    return [[number] for _ in range(5)]


KINDS = pytest.mark.parametrize("make", [memory, objects])


def cached(make, size):
    """An `lru_cache` that gets one more result from each run."""
    numbers = itertools.count()
    answer = functools.lru_cache(maxsize=size)(make)
    return lambda: answer(next(numbers))


def filled(make, size, evicts):
    """A dict that gets one more result from each run, up to a limit; the oldest goes, or none."""
    numbers, results = itertools.count(), {}

    def run():
        number = next(numbers)
        if evicts or len(results) < size:
            results[number] = make(number)
        if len(results) > size:
            del results[next(iter(results))]

    return run


def leaking(make):
    numbers, kept = itertools.count(), []
    return lambda: kept.append(make(next(numbers)))


@KINDS
@pytest.mark.parametrize(
    ("size", "runs"),
    [(52, 60), (55, 60), (128, 60), (1024, 60), (128, 100), (128, 500), (450, 500), (5000, 500)],
)
def test_a_bounded_cache_is_no_leak_however_full_it_is(make, size, runs):
    assert find_leak(cached(make, size), runs).verdict == NO_LEAK


@KINDS
@pytest.mark.parametrize("evicts", [True, False])
@pytest.mark.parametrize(("size", "runs"), [(40, 60), (50, 60), (64, 60), (128, 60), (128, 100)])
def test_a_dict_with_a_limit_is_no_leak_after_few_runs(make, size, runs, evicts):
    assert find_leak(filled(make, size, evicts), runs).verdict != LEAK


@KINDS
@pytest.mark.parametrize("evicts", [True, False])
def test_a_dict_with_a_limit_is_no_leak_by_default(make, evicts):
    assert find_leak(filled(make, 128, evicts)).verdict == NO_LEAK


@pytest.mark.parametrize(
    ("make", "runs"), [(memory, 60), (objects, 60), (objects, 100), (memory, 500)]
)
def test_a_leak_is_found_with_and_without_a_cache_that_fills(make, runs):
    leak, cache = leaking(make), cached(make, 1024)

    def both():
        leak()
        cache()

    assert find_leak(leaking(make), runs).verdict == LEAK
    report = find_leak(both, runs)
    assert report.verdict == LEAK and found(report, "caches") and found(report, "memory")


def test_a_table_that_is_enlarged_once_while_a_cache_fills_is_no_leak():
    numbers, kept, cache = itertools.count(1), [], cached(memory, 5000)

    def run():
        cache()
        if next(numbers) == 57:  # of 60: where what grows is looked at closely
            kept.append(bytes(50_000))

    report = find_leak(run, 60)
    (note,) = found(report, "caches")
    assert report.verdict == NO_LEAK and report.bytes_per_run == 0
    assert "memory" in note.evidence[0] and "of at most 5000" in note.evidence[0]


def test_what_grows_is_told_without_the_instruments_own_objects(tmp_path):
    numbers, leak, cache = itertools.count(), leaking(memory), cached(memory, 5000)

    def run():
        leak()
        cache()
        (tmp_path / str(next(numbers))).touch()

    _, told = evidence(find_leak(run, 60), "memory")
    assert "CacheInfo" not in told and "Counter" not in told and "posixpath" not in told


def test_a_programs_own_objects_of_the_same_types_are_told():
    kept = []
    _, told = evidence(find_leak(lambda: kept.append(Counter("abc")), 60), "memory")
    assert "1 collections.Counter per run" in told


def test_places_are_told_from_the_folder_on_the_search_path(tmp_path, monkeypatch):
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "keeps.py").write_text(
        "import functools\nKEPT = []\n\n\n@functools.lru_cache(5000)\ndef answer(number):\n"
        "    return bytes(1000)\n\n\ndef run():\n    KEPT.append(bytes(1000))\n"
        "    return answer(len(KEPT))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    from shelf import keeps

    told = find_leak(keeps.run, 60).text()
    assert "shelf/keeps.py:11" in told and "answer (shelf/keeps.py:5)" in told
    assert str(tmp_path) not in told
