"""Machine instructions of one run: counted where asked for, n/a with the reason elsewhere."""

import shutil

import pytest

from harness.countings import instructions_run
from harness.runtimes.floor import FloorRuntime


def test_instructions_are_not_counted_unless_asked_for(monkeypatch):
    monkeypatch.delenv("HARNESS_INSTRUCTIONS", raising=False)
    with pytest.raises(NotImplementedError, match="only with HARNESS_INSTRUCTIONS=1"):
        instructions_run(FloorRuntime(), "threads")
    monkeypatch.setenv("HARNESS_INSTRUCTIONS", "1")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotImplementedError, match="valgrind is not installed"):
        instructions_run(FloorRuntime(), "threads")


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="needs valgrind")
def test_instructions_of_one_run_are_counted(monkeypatch):
    monkeypatch.setenv("HARNESS_INSTRUCTIONS", "1")
    assert 1000 < instructions_run(FloorRuntime(), "threads")["instructions"] < 20_000
