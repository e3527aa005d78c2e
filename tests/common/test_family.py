"""What a process of ours has started ends with it, and it may hold and print only so much."""

from __future__ import annotations

import contextlib
import os
import signal

import psutil
import pytest
from faults import Faults
from places import TESTS

from harness.common import family
from harness.common.children import Child, ChildFailed, call

LIMIT = 60.0
ENDED = "one line with the reason, and nothing is left"


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASV_CONF_DIR", str(TESTS))


def failure(name: str, **order: object) -> str:
    """Why a function of child_functions gave no report; nothing of it is left then."""
    with pytest.raises(ChildFailed) as raised:  # noqa: SIM117
        with Child(f"child_functions:{name}", order) as child:
            child.read(LIMIT)
    assert not family.members(child._folder.name)
    return str(raised.value)


def runs(pid: int) -> bool:
    """Also who is dead has a number, until its parent has heard of it."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


@pytest.mark.parametrize("ends", [True, False])
def test_who_leaves_the_tree_of_processes_ends_with_it(ends: bool, fault: Faults) -> None:
    with Child("child_functions:daemons", {"ends": ends}) as child:
        left = child.read(LIMIT)
        assert len(left) == 3 and all(map(runs, left))
    assert not any(map(runs, left))
    fault("a worker: processes left behind", (), (), "they end with it")


def test_a_signal_has_its_name(fault: Faults) -> None:
    why = failure("ends_itself", number=signal.SIGSEGV)
    assert why == "the process was ended by SIGSEGV: last words"
    fault("a worker: death by a signal", (), (), ENDED)


def test_who_holds_too_much_memory_is_ended(monkeypatch: pytest.MonkeyPatch, fault: Faults) -> None:
    monkeypatch.setenv(family.MEMORY, "150MB")
    why = failure("hoards")
    assert why.startswith("ended: it held ") and "more than 150 MB (HARNESS_MEMORY sets" in why
    fault("a worker: memory without end", (), (), ENDED)


def test_who_prints_without_end_is_ended(monkeypatch: pytest.MonkeyPatch, fault: Faults) -> None:
    monkeypatch.setattr(family, "OUTPUT", 2**20)
    assert failure("floods") == "ended: it printed more than 1.05 MB"
    fault("a worker: output without end", (), (), ENDED)


def test_sigterm_blocked_in_c_ends_nothing_but_the_wait(fault: Faults) -> None:
    with Child("child_functions:blocks", {}) as child:
        assert child.read(LIMIT) == "blocked"
        os.kill(child.pid, signal.SIGTERM)
        with pytest.raises(ChildFailed, match=r"no report within 0\.1 s"):
            child.read(0.1)
    assert not runs(child.pid)
    fault("a worker: SIGTERM ignored, in C", (), (), ENDED)


def test_the_memory_of_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(family.MEMORY, raising=False)
    half = family.memory()
    assert 0 < half <= psutil.virtual_memory().total / 2
    assert family.memory(workers=4) == pytest.approx(half / 4, abs=1)
    monkeypatch.setenv(family.MEMORY, "100%")
    assert family.memory() == pytest.approx(2 * half, abs=2)
    monkeypatch.setenv(family.MEMORY, "2GB")
    assert family.memory(workers=4) == 2 * 10**9
    for wrong in ("much", "0", "-1GB", "x%"):
        monkeypatch.setenv(family.MEMORY, wrong)
        with pytest.raises(ValueError, match=family.MEMORY):
            family.memory()


def test_a_disk_without_space_is_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]
) -> None:
    def full(*args: object, **options: object) -> object:
        raise OSError(28, "No space left on device", str(tmp_path))

    monkeypatch.setattr("harness.common.children.Path.write_text", full)
    with pytest.raises(ChildFailed, match="No space left on device"):
        call("child_functions:back", {}, limit=LIMIT)
