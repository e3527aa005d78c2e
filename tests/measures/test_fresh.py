"""What happens once in a process: each measurement of a first run has a new interpreter."""

import pytest
from adapters import Unable, WrongReply
from leaky_runtimes import FIRST_CALLS, FIRST_SECONDS, Clean, LazyImport
from places import TESTS

from harness.common.children import ChildFailed
from harness.measures.fresh import calls_first_run, first_run, fresh_import
from harness.runtimes.floor.agent import FloorRuntime


@pytest.fixture(autouse=True)
def adapters_are_found(monkeypatch):
    monkeypatch.setenv("ASV_CONF_DIR", str(TESTS))
    monkeypatch.setenv("PYTHONHASHSEED", "0")


@pytest.mark.parametrize("entry", ["threads", "asyncio"])
def test_what_only_the_first_run_does_is_in_each_measurement(entry):
    lazy, clean = (calls_first_run(each, entry) for each in (LazyImport(), Clean()))
    assert lazy["calls"] == clean["calls"] + FIRST_CALLS
    assert lazy.functions["nothing (leaky_runtimes.py)"] == FIRST_CALLS
    assert calls_first_run(LazyImport(), entry) == lazy
    assert [first_run(LazyImport(), entry)["seconds"] >= FIRST_SECONDS for _ in "ab"] == [True] * 2


def test_a_first_run_that_cannot_be_made_or_is_wrong_is_told():
    with pytest.raises(NotImplementedError, match="no asyncio entry point"):
        first_run(Unable(), "asyncio")
    with pytest.raises(ChildFailed, match="reply 0 of somebody else"):
        calls_first_run(WrongReply(), "threads")


LEAVING = """
import subprocess, sys, threading, time
threading.Thread(target=threading.Event().wait).start()
threading.Thread(target=time.sleep, args=(0.01,)).start()
subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
"""


def test_threads_and_processes_that_an_import_leaves_behind_are_counted(tmp_path, monkeypatch):
    class Leaving(FloorRuntime):
        imports = ("leaving",)

    (tmp_path / "leaving.py").write_text(LEAVING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    # And ended: it holds the output of the interpreter, which would not end.
    left, clean = fresh_import(Leaving()), fresh_import(FloorRuntime())
    assert (left["threads"], left["processes"]) == (1, 1)
    assert (clean["threads"], clean["processes"]) == (0, 0)
