"""Whether a run may be believed, and samples that are always kept."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

from asv.results import Results
from asv.runner import BenchmarkResult

from harness.history import running, validity


def test_a_quiet_run_is_valid_and_says_what_was_used() -> None:
    text = validity.text(validity.Usage(wall=100, others=3, load_start=0.5), 0.04, {})
    assert "seconds: 100.00\n" in text and "cores used by others: 0.03\n" in text
    assert validity.INVALID not in text


def test_others_a_greedy_host_and_a_drifting_control_make_a_run_invalid() -> None:
    text = validity.text(validity.Usage(wall=100, others=83, stolen=30), 0.4, {})
    assert [line for line in text.splitlines() if line.startswith("invalid")] == [
        "invalid: other processes used 0.83 of a core",
        "invalid: the host used 0.30 of a core",
        "invalid: a control drifted by 40 % within the run",
    ]
    assert validity.INVALID not in validity.text(validity.Usage(wall=1, others=1), 0.0, {})


def test_a_later_run_of_some_benchmarks_does_not_hide_an_earlier_one(tmp_path: Path) -> None:
    path = Path(f"{tmp_path / 'x'}{validity.SUFFIX}")
    path.write_text(validity.text(validity.Usage(wall=100, others=83), 0.0, {}))
    text = validity.text(validity.Usage(wall=10), 0.0, validity.read(path))
    assert "invalid: other processes used 0.83 of a core" in text
    assert validity.invalid(tmp_path / "x") == ["other processes used 0.83 of a core"]
    assert validity.invalid(tmp_path / "none") == []


def test_own_children_are_not_others() -> None:
    before = validity._own()
    code = "import time; end = time.process_time() + 0.6\nwhile time.process_time() < end: pass"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert validity._own() - before >= 0.6


def test_drift_is_between_the_halves_of_a_control() -> None:
    steady, moved = [1.0, 1.1, 1.0, 1.05], [1.0, 1.0, 1.5, 1.5]
    name = validity.CONTROLS[0]
    assert validity.drift(SimpleNamespace(_samples={name: [steady]})) < 0.1
    assert validity.drift(SimpleNamespace(_samples={name: [moved]})) == 0.5
    assert validity.drift(SimpleNamespace(_samples={name: None})) == 0


def test_samples_are_kept_and_appended_only_where_asv_says_so() -> None:
    results = Results({"machine": "m"}, {}, "c" * 40, 0, "3", "env", {})
    benchmark = {"name": "b", "version": "1", "params": []}
    for append, expected in ((False, [1.0, 2.0]), (True, [1.0, 2.0] * 2), (False, [1.0, 2.0])):
        result = BenchmarkResult([1.5], [[1.0, 2.0]], [1], 0, "", None)
        given = {"record_samples": False, "append_samples": append}
        running.add_result(Results.add_result, results, benchmark, result, **given)
        assert results._samples["b"] == [expected]


def test_the_file_is_written_beside_the_results(tmp_path: Path) -> None:
    results = Results({"machine": "m"}, {}, "c" * 40, 0, "3", "env", {})
    validity.keep(results, tmp_path / "x")
    assert not list(tmp_path.iterdir())  # nothing ran, nothing to say

    def run_benchmarks(benchmarks, env, results=None):
        time.sleep(0.01)

    validity.run_benchmarks(run_benchmarks, {}, None, results=results)
    validity.keep(results, tmp_path / "x")
    (path,) = tmp_path.iterdir()
    assert path.name == "x.validity.txt"
    assert float(validity.read(path)["seconds"]) >= 0.01
