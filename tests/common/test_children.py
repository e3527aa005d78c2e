import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from places import ROOT, TESTS

from harness.common import children, family
from harness.common.children import Child, ChildFailed, attempt, call, interpreter

HERE = "child_functions"
LIMIT = 60.0


@pytest.fixture(autouse=True)
def found(monkeypatch):
    monkeypatch.setenv("ASV_CONF_DIR", str(TESTS))


def do(name, /, limit=LIMIT, options=None, **order):
    return call(f"{HERE}:{name}", order, limit=limit, **(options or {}))


def gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def until(condition, seconds=LIMIT):
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_the_report_is_what_the_function_returned():
    order = {"text": "ä" * 100_000, "number": 1.5, "nothing": None, "list": [1, {"a": True}]}
    assert do("back", **order) == order


def test_a_child_sees_nothing_of_the_launcher():
    seen = do("surroundings", options={"hash_seed": 0})
    assert seen["argv"] == ["-c"]
    assert seen["threads"] == 1
    assert seen["seed"] == "0"
    assert seen["input"] == ""
    assert seen["group"] == seen["pid"] != os.getpgrp()
    assert seen["cwd"] not in (os.getcwd(), str(ROOT)) and not Path(seen["cwd"]).exists()


def test_our_places_are_at_the_end_of_its_search_path(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", "mine")
    monkeypatch.chdir(tmp_path)
    path = do("surroundings")["path"]
    assert path[-4:] == [str(ROOT), str(TESTS), str(tmp_path), str(tmp_path / "mine")]
    assert path[0] == next(entry for entry in sys.path if entry.endswith(".zip"))


def test_the_search_path_of_this_interpreter_is_not_given_to_another(monkeypatch, tmp_path):
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    other.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "mine"))
    assert str(tmp_path / "mine") not in do("surroundings", options={"python": str(other)})["path"]


def test_a_module_in_our_places_hides_none_of_the_interpreters(monkeypatch, tmp_path):
    (tmp_path / "psutil.py").write_text("raise RuntimeError('hidden')")
    (tmp_path / "harness.py").write_text("raise RuntimeError('hidden')")
    (tmp_path / "mine.py").write_text("import psutil\ndef it(): return psutil.__file__")
    monkeypatch.chdir(tmp_path)
    assert call("mine:it", {}, limit=LIMIT) == psutil.__file__


@pytest.mark.parametrize(
    ("kind", "text", "error", "reason"),
    [
        ("NotImplementedError", "no\n streams", NotImplementedError, "no streams"),
        ("NotImplementedError", "", NotImplementedError, "not implemented"),
        ("ValueError", "a\nb", ChildFailed, "ValueError: a b"),
        ("KeyboardInterrupt", "", ChildFailed, "KeyboardInterrupt"),
        ("SystemExit", "1", ChildFailed, "SystemExit: 1"),
    ],
)
def test_what_a_function_raises_is_one_line(kind, text, error, reason):
    with pytest.raises(error) as raised:
        do("raises", kind=kind, text=text)
    assert str(raised.value) == reason
    told = attempt(f"{HERE}:raises", {"kind": kind, "text": text}, limit=LIMIT)
    assert told == {"error" if error is ChildFailed else "not_measured": reason}


def test_the_last_line_of_a_dead_child_is_the_reason():
    with pytest.raises(ChildFailed, match=r"^the process ended with status 7: out of luck$"):
        do("dies", status=7)
    with pytest.raises(ChildFailed, match=r"^the process ended without a report: out of luck$"):
        do("dies", status=0)


def test_what_cannot_be_started_or_found_is_said(tmp_path):
    with pytest.raises(ChildFailed, match="nothing/python: No such file"):
        do("back", options={"python": "nothing/python"})
    with pytest.raises(ChildFailed, match="ModuleNotFoundError: No module named 'nowhere'"):
        call("nowhere:it", {}, limit=LIMIT)
    with pytest.raises(ChildFailed, match="AttributeError: "):
        do("nothing")
    with pytest.raises(ValueError, match="no Python interpreter"):
        interpreter(str(tmp_path))
    assert interpreter(None) == sys.executable
    assert interpreter("sh").endswith("/sh")


def test_reports_arrive_one_by_one():
    with Child(f"{HERE}:counts", {"count": 3}) as child:
        assert list(child.reports(LIMIT)) == [0, 1, 2]


def test_reports_made_before_a_death_are_kept():
    kept = []
    with (
        Child(f"{HERE}:counts", {"count": 3, "then": "die"}) as child,
        pytest.raises(ChildFailed, match="status 3: no output"),
    ):
        for report in child.reports(LIMIT):
            kept.append(report)
    assert kept == [0, 1, 2]
    assert gone(child.pid)


def test_a_child_that_hangs_is_killed_after_the_limit():
    with Child(f"{HERE}:counts", {"count": 1, "then": "hang"}) as child:
        assert child.read(LIMIT) == 0
        with pytest.raises(ChildFailed, match=r"no report within 0\.1 s"):
            next(child.reports(0.1))
    assert gone(child.pid)


@pytest.mark.parametrize(
    "used",
    [
        pytest.param([5.0, 5.0], id="waits"),
        pytest.param([5.0, 5.2, 5.4, 5.4], id="was kept from its work, and waits"),
        pytest.param([5.0, 5.2, 5.4, 6.0], id="was kept from its work, and is slow"),
    ],
)
def test_a_busy_machine_leaves_more_time_to_a_child_that_works(monkeypatch, used):
    left = list(used)
    monkeypatch.setattr(family, "cpu_seconds", lambda pid: left.pop(0))
    monkeypatch.setattr(children, "WATCHED_AFTER", 0.0)
    with (
        Child(f"{HERE}:counts", {"count": 0, "then": "hang"}) as child,
        pytest.raises(ChildFailed, match=r"no report within 1 s"),
    ):
        child.read(1.0)
    assert left == []


def test_a_process_that_a_function_leaves_behind_holds_nothing_up():
    begin = time.monotonic()
    left = do("leaves_a_process", seconds=LIMIT)
    assert time.monotonic() - begin < LIMIT  # or the call would have waited for it
    until(lambda: gone(left))


def test_a_thread_that_a_function_leaves_behind_holds_nothing_up():
    begin = time.monotonic()
    assert do("leaves_a_thread", seconds=LIMIT) == "done"
    assert time.monotonic() - begin < LIMIT


def test_a_server_ends_when_it_is_asked_to():
    with Child(f"{HERE}:serves", {}) as child:
        assert child.read(LIMIT) == child.pid
        assert not child.wait(0)
        assert child.stop()
        assert child.read(LIMIT) == "ended"
    child.close()
    assert gone(child.pid)


# A parent that starts a child, says so, and waits for its own end.
PARENT = """
import sys, time
from harness.common.children import Child, ChildFailed
with Child(sys.argv[1], {"marker": sys.argv[2]} if len(sys.argv) > 2 else {}) as child:
    try:
        print(child.read(60), flush=True)
        time.sleep(600)
    except KeyboardInterrupt:
        print(child.stop(), child.read(60), flush=True)
"""


def parent(function, *marker):
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, f"{HERE}:{function}", *marker],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )


def test_ctrl_c_is_the_parents_to_handle():
    with parent("serves") as program:
        program.stdout.readline()
        os.killpg(program.pid, signal.SIGINT)
        out, err = program.communicate(timeout=LIMIT)
    assert (out, err) == ("True ended\n", "")


def test_a_child_and_its_processes_die_with_a_killed_parent(tmp_path):
    marker = tmp_path / "marker"
    with parent("serves_without_end", str(marker)) as program:
        assert program.stdout.readline() == "ready\n"
        program.kill()
    for pid in map(int, marker.read_text().split()):
        until(lambda pid=pid: gone(pid))


def test_nothing_is_left_on_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(children.tempfile, "tempdir", str(tmp_path))
    do("back")
    with pytest.raises(ChildFailed):
        do("dies", status=1)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with parent("serves") as program:
        pid = int(json.loads(program.stdout.readline()))
        program.kill()
    until(lambda: gone(pid))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("moment", ["touch", "write_text", "mkdir"])
def test_ctrl_c_while_a_process_is_started_leaves_nothing(monkeypatch, tmp_path, moment):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(children.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(Path, moment, interrupt)
    with pytest.raises(KeyboardInterrupt):
        Child(f"{HERE}:back", {})
    assert list(tmp_path.iterdir()) == []


def test_an_interpreter_may_be_given_by_a_path_from_here(monkeypatch, tmp_path):
    (tmp_path / "python").symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ChildFailed, match="No such file"):
        do("back", options={"python": "folder/python"})
    assert call("platform:python_version", {}, limit=LIMIT, python="./python")
