"""Whether a run may be believed, and samples that are always kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from asv.results import Results
from asv.runner import BenchmarkResult

from harness.common import asked
from harness.history import running, validity
from harness.instruments.steady import FILE, Reading

CALM, LATE = Reading(0.03, 0.003), Reading(0.35, 0.003)
ELSEWHERE = {
    "seconds": 100.0,
    "cores used by others": 0.0,
    "cores stolen by the host": 0.0,
    "seconds stopped by a CPU limit": 0.0,
}


def reasons(readings: list[Reading], **elsewhere: float) -> list[str]:
    figures = validity.judged(readings) | ELSEWHERE
    named = {key.replace("_", " "): value for key, value in elsewhere.items()}
    assert named.keys() <= figures.keys()
    return validity.reasons(figures | named)


def test_a_busy_host_on_which_nothing_waited_is_no_reason() -> None:
    assert reasons([CALM] * 100, cores_used_by_others=23.5) == []


def test_a_hiccup_is_no_reason_and_half_a_core_is() -> None:
    assert reasons([CALM] * 95 + [LATE] * 5) == []
    assert reasons([CALM] * 48 + [LATE] * 52, cores_used_by_others=0.5) == [
        "a core was busy in 52 % of the time (others used 0.50 cores): close what else runs,"
        " and measure again"
    ]
    # Only the last quarter of the run was quiet: controls at its beginning would not have said so.
    assert reasons([LATE] * 75 + [CALM] * 25) and reasons([CALM] * 25 + [LATE] * 75)


@pytest.mark.parametrize(
    ("elsewhere", "told"),
    [
        ({"cores_stolen_by_the_host": 0.4}, "(its host took 0.40 cores): measure again, or else"),
        ({"seconds_stopped_by_a_CPU_limit": 30.0}, "(a CPU limit stopped it for 30 s): raise it"),
    ],
)
def test_the_reason_names_what_took_the_cpu(elsewhere: dict[str, float], told: str) -> None:
    (reason,) = reasons([LATE] * 20, cores_used_by_others=0.1, **elsewhere)
    assert told in reason
    assert len(f"invalid: v10.20.30: {reason}") <= 120


def test_a_cpu_that_was_slower_for_a_part_of_the_run_is_a_reason() -> None:
    slow = Reading(0.03, 0.0045)
    (reason,) = reasons([CALM] * 50 + [slow] * 50)
    assert reason.startswith("for a part of it the CPU was 50 % slower")
    assert reasons([CALM] * 90 + [slow] * 10) == []


def test_few_readings_say_nothing() -> None:
    assert reasons([LATE] * (validity.FEWEST - 1)) == []


def test_own_children_are_not_others() -> None:
    before = validity._own()
    code = "import time; end = time.process_time() + 0.6\nwhile time.process_time() < end: pass"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert validity._own() - before >= 0.6


def test_samples_are_kept_and_appended_only_where_asv_says_so() -> None:
    results = Results({"machine": "m"}, {}, "c" * 40, 0, "3", "env", {})
    benchmark = {"name": "b", "version": "1", "params": []}
    for append, expected in ((False, [1.0, 2.0]), (True, [1.0, 2.0] * 2), (False, [1.0, 2.0])):
        result = BenchmarkResult([1.5], [[1.0, 2.0]], [1], 0, "", None)
        given = {"record_samples": False, "append_samples": append}
        running.add_result(Results.add_result, results, benchmark, result, **given)
        assert results._samples["b"] == [expected]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That of an asv run."""
    (folder := tmp_path / "run").mkdir()
    monkeypatch.setenv(asked.FOLDER, str(folder))
    monkeypatch.setattr(validity, "_used", {})
    return folder


def measure(folder: Path, stem: Path, late: int, others: tuple[str, ...] = ()) -> Results:
    """An asv run of one benchmark, beside results of `others`; it is saved twice."""
    results = Results({"machine": "m"}, {}, "c" * 40, 0, "3", "env", {})
    results._errcode["b"] = 0
    for name in (*others, "b"):
        results._results[name] = [1.0]

    def run_benchmarks(benchmarks: object, env: object, results: Results) -> None:
        with open(folder / FILE, "a") as file:
            file.write("\n[0.35, 0.003]" * late + "\n[0.03, 0.003]" * (20 - late) + "\n[0.3")
        validity.keep(results, stem)

    validity.run_benchmarks(run_benchmarks, {}, None, results=results)
    validity.keep(results, stem)
    return results


def test_the_file_is_written_beside_the_results(folder: Path, tmp_path: Path) -> None:
    stem = tmp_path / "x"
    results = Results({"machine": "m"}, {}, "c" * 40, 0, "3", "env", {})
    validity.keep(results, stem)
    assert not stem.with_name("x.validity.txt").exists()  # nothing ran, nothing to say
    measure(folder, stem, late=1)
    lines = stem.with_name("x.validity.txt").read_text().splitlines()
    assert lines[:4] == ["readings: 20.00", "late: 0.05", "waited: 0.05", "drift: 0.00"]
    assert lines[4].startswith("seconds: ") and len(lines) == 8
    assert not (folder / FILE).exists()  # the next commit has its own


def test_a_later_run_of_some_benchmarks_does_not_hide_an_earlier_one(
    folder: Path, tmp_path: Path
) -> None:
    stem = tmp_path / "x"
    old = "seconds: 9.00\ndrift of a control: 0.57\ninvalid: a control drifted by 57 %\n"
    stem.with_name("x.validity.txt").write_text(old)
    measure(folder, stem, late=0, others=("a",))
    assert validity.invalid(stem) == ["a control drifted by 57 %"]
    validity._used.clear()
    measure(folder, stem, late=0)
    assert validity.invalid(stem) == []
    assert validity.invalid(tmp_path / "none") == []


def test_counts_alone_say_nothing_of_the_seconds_of_an_earlier_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stem = tmp_path / "x"
    measure(folder, stem, late=19)
    before = stem.with_name("x.validity.txt").read_text()
    assert validity.invalid(stem)
    validity._used.clear()
    monkeypatch.setenv("HARNESS_COUNTS_ONLY", "1")
    measure(folder, stem, late=0)
    assert stem.with_name("x.validity.txt").read_text() == before
