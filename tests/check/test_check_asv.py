"""`harness check` on results that asv itself has measured."""

from __future__ import annotations

import subprocess
import sys

from asv.results import Results
from tiny_project import Project

from harness.history import validity


def test_a_real_run_keeps_samples_and_its_validity(project: Project) -> None:
    for path in project.results().values():
        results = Results.load(str(path))
        timed = [name for name in results.get_all_result_keys() if ".time_" in name]
        assert any(results._samples[name] for name in timed), path
        kept = path.with_name(path.stem + validity.SUFFIX).read_text()
        assert "readings: " in kept and "cores used by others: " in kept


def test_check_reads_a_release_history(project: Project) -> None:
    oldest, newest = sorted(project.results())[0], sorted(project.results())[-1]
    command = [sys.executable, "-m", "harness", "check", oldest, newest]
    done = subprocess.run(
        command, cwd=project.root, env=project.env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode in (0, 1), done.stderr
    first = done.stdout.splitlines()[0]
    assert first.startswith(f"tinyagent: {newest} ") and oldest in first
