"""What asv would take for a result is refused when benchmarks are discovered."""

import shutil
import subprocess
import sys
from pathlib import Path

import asv.benchmark
import pytest
from places import ROOT

BENCHMARKS = ROOT / "benchmarks"


def discover(folder: Path) -> subprocess.CompletedProcess[str]:
    """asv's own discovery process."""
    command = [sys.executable, asv.benchmark.__file__, "discover", str(folder), "found.json"]
    return subprocess.run(command, cwd=folder.parent, capture_output=True, text=True)


@pytest.fixture
def suite(tmp_path):
    shutil.copytree(BENCHMARKS, tmp_path / "benchmarks")
    (tmp_path / "harness").symlink_to(BENCHMARKS.parent / "harness")
    return tmp_path / "benchmarks"


def test_asv_discovers_the_suite(suite):
    done = discover(suite)
    assert done.returncode == 0, done.stderr
    assert "latency.Counted.track_calls" in (suite.parent / "found.json").read_text()


def test_asv_does_not_discover_a_coroutine(suite):
    (suite / "mine.py").write_text("class Mine:\n    async def time_it(self):\n        pass\n")
    done = discover(suite)
    assert done.returncode != 0
    assert "mine.py, line 2: async def time_it would be called and never awaited" in done.stderr


def test_helpers_may_be_coroutines_but_not_what_asv_calls(suite):
    (suite / "mine.py").write_text("async def helper():\n    pass\n")
    assert discover(suite).returncode == 0
    (suite / "mine.py").write_text("async def setup():\n    pass\n")
    assert "async def setup would be called" in discover(suite).stderr
