"""How a recording goes on and ends: deadlines, ends of processes, Ctrl-C, samples left out."""

import os
import subprocess
import sys
import threading
import time
import types

import psutil
import pytest
from burning import BURN

from harness.instruments.resources.monitor import Monitor
from harness.instruments.resources.readers import Ended, Reader
from harness.instruments.resources.recording import LIMIT, Recording, record
from harness.instruments.resources.tree import FIELDS, Tree


@pytest.fixture(params=[False, True], ids=["thread", "process"])
def process(request):
    return request.param


def test_deadlines_are_absolute_and_those_gone_by_are_missed(monkeypatch):
    now = [0.0]

    class Stop:
        def wait(self, seconds):
            now[0] += seconds
            return now[0] > 0.995

    class Slow:
        """A sample takes 30 ms, the third one 250 ms."""

        ended = False
        first = (0.0,) * len(FIELDS)
        count = 0

        def sample(self, expensive=False):
            begin, self.count = now[0], self.count + 1
            now[0] += 0.25 if self.count == 3 else 0.03
            return (begin, *self.first[1:])

    clock = types.SimpleNamespace(perf_counter=lambda: now[0])
    monkeypatch.setattr("harness.instruments.resources.recording.time", clock)
    made = Recording(1, 0.1)
    record(Slow(), made, Stop())
    begins = [row[0] for row in made.rows]
    assert begins == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.55, 0.6, 0.7, 0.8, 0.9, 1.0])
    assert made.missed == 1 and made.samples == len(begins)


def test_a_process_that_ends_ends_the_recording(process):
    child = subprocess.Popen([sys.executable, "-c", BURN])
    with Monitor(child.pid, interval=0.02, process=process, whole=True) as monitor:
        assert monitor.wait(120)
    assert monitor.summary["ended"] and monitor.summary["cpu"]["seconds"] >= 0.3
    assert child.wait() == 0


def test_a_process_there_is_not():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    for process in (False, True):
        with pytest.raises(Ended), Monitor(child.pid, process=process):
            pass


@pytest.mark.parametrize("interval", [0, -1, 0.0001, float("nan"), float("inf")])
def test_a_bad_interval_is_refused(interval):
    with pytest.raises(ValueError, match="interval"):
        Monitor(interval=interval)


def test_a_long_recording_stays_small_and_keeps_its_peak():
    recording = Recording(1, 0.01)
    for i in range(3 * LIMIT):
        row = [float(i)] + [1.0] * (len(FIELDS) - 1)
        row[FIELDS.index("rss")] = 99.0 if i == 12_345 else 1.0
        recording.add(tuple(row))
    rows = recording.rows
    assert len(rows) <= LIMIT + 1
    assert rows[0][0] == 0 and rows[-1][0] == 3 * LIMIT - 1
    assert recording.summary["rss"]["peak"] == 99.0
    assert recording.summary["samples"] == 3 * LIMIT


def test_a_process_that_ends_while_it_is_read_is_a_process_that_has_ended(monkeypatch):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    tree = Tree(child.pid, 0.1)
    listed = os.listdir

    def ends_first(path):
        if child.poll() is None and str(path).endswith("/task"):
            child.communicate(b"\n")
            return []
        return listed(path)

    monkeypatch.setattr(os, "listdir", ends_first)
    tree.sample(expensive=True)
    assert child.returncode == 0
    tree.sample(expensive=True)
    assert tree.ended


def test_a_thread_that_has_ended_is_a_number_and_no_entry():
    reader = Reader(os.getpid())
    begin = reader.expensive()["voluntary_switches"]
    for _ in range(30):
        slept, seen = threading.Event(), threading.Event()

        def sleeps(slept=slept, seen=seen):
            for _ in range(10):
                time.sleep(0.001)
            slept.set()
            seen.wait()

        thread = threading.Thread(target=sleeps)
        thread.start()
        slept.wait()
        reader.expensive()
        seen.set()
        thread.join()
    now = reader.expensive()
    assert len(reader._threads) <= psutil.Process().num_threads() + 1
    assert now["voluntary_switches"] - begin >= 300


CTRL_C = """
import os, signal, threading, time
from harness.instruments.resources.monitor import Monitor
try:
    with Monitor(interval=0.01, process=True) as monitor:
        threading.Timer(0.2, os.killpg, (0, signal.SIGINT)).start()
        time.sleep(60)
except KeyboardInterrupt:
    print("interrupted", monitor.summary["samples"] > 1)
"""


def test_ctrl_c_is_the_programs_to_handle_and_the_figures_are_there():
    command = [sys.executable, "-c", CTRL_C]
    done = subprocess.run(command, capture_output=True, text=True, start_new_session=True)
    assert (done.stdout, done.stderr, done.returncode) == ("interrupted True\n", "", 0)


def test_a_monitor_that_fails_hides_no_error_of_the_program(process):
    def broken():
        stop()
        raise RuntimeError("no recording")

    for raised in (KeyError, None):
        monitor = Monitor(interval=0.01, process=process)
        with pytest.raises(raised or RuntimeError), monitor:
            stop, monitor._watch.end = monitor._watch.end, broken
            if raised:
                raise raised


def test_each_sample_is_told_to_who_wants_it():
    told = []
    with Monitor(interval=0.01, tell=told.append) as monitor:
        while len(told) < 3:
            time.sleep(0.01)
    assert [row[0] for row in told] == [row[0] for row in monitor.samples]
    with pytest.raises(ValueError, match="in the end"):
        Monitor(process=True, tell=told.append)


class Told:
    """A reader that says what a test wants."""

    zombie = False

    def __init__(self, pid):
        self.cpu = 0.0

    def cheap(self):
        known = dict.fromkeys(("rss", "vms", "threads"), 1.0)
        return known | {"cpu": self.cpu, "reaped": 0.0}

    def expensive(self):
        return {}


def test_what_the_system_does_not_tell_is_not_made_up():
    tree = Tree(os.getpid(), 0.1, reader=Told)
    row = dict(zip(FIELDS, tree.sample(expensive=True), strict=True))
    assert row["rss"] == 1.0
    assert row["uss"] != row["uss"] and row["read_ops"] != row["read_ops"]
    recording = Recording(1, 0.1)
    recording.add(tree.sample(expensive=True))
    assert recording.summary["uss"] is None and recording.summary["counts"]["read_ops"] is None


def test_cpu_seconds_never_fall():
    tree = Tree(os.getpid(), 0.1, reader=Told)
    reader = tree._readers[os.getpid()]
    seen = []
    for reader.cpu in (1.0, 2.0, 1.5, 3.0):
        seen.append(dict(zip(FIELDS, tree.sample(), strict=True))["cpu_seconds"])
    assert seen == [1.0, 2.0, 2.0, 3.0]
