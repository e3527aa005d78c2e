"""Benchmarks that asv itself runs break in the worst ways: each costs itself, with its reason."""

from __future__ import annotations

import json

import pytest
from faults import Faults
from interrupted import Interrupted, until
from tiny_project import Project

from harness.history import notes

BENCHMARKS = """
import ctypes
import os
import signal
import subprocess
import time


def hang():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    ctypes.CDLL(None).sleep(600)


def track_a_number():
    return 1


def track_hang():
    hang()


track_hang.timeout = 2


class Hangs:
    params = [1, 2]
    timeout = 2
    rounds = 3
    repeat = number = 1
    warmup_time = 0

    def time_in_each_round(self, n):
        if n == 2:
            with open(LOG, "a") as log:
                log.write("hang\\n")
            hang()


def track_segfault():
    os.kill(os.getpid(), signal.SIGSEGV)


def track_memory():
    kept = []
    while True:
        kept.append(b"x" * 10_000_000)


def track_forks():
    while os.fork():
        time.sleep(0.005)
    time.sleep(600)


def track_output():
    while True:
        os.write(1, b"a line of words\\n" * 1000)


def track_processes():
    subprocess.Popen(["sleep", "600"])
    if not os.fork():
        os.setsid()
        if os.fork():
            os._exit(0)
        time.sleep(600)
    os.wait()
    return 2


class InCache:
    def setup_cache(self):
        subprocess.Popen(["sleep", "600"], start_new_session=True)
        hang()

    setup_cache.timeout = 2

    def track_hang_in_cache(self, cache):
        return 1


def track_last():
    return 3
"""

REASONS = {
    "hang": ("a hang in C", "timed out (timeout 2", "given up after its time"),
    "round": (
        "a hang in one parameter set",
        "timed out (timeout 2",
        "given up once for all rounds",
    ),
    "segfault": ("death by a signal", "was ended by SIGSEGV", "the signal is its reason"),
    "memory": ("memory without end", "ended: it held", "ended at its limit"),
    "forks": ("processes without end", "ended: it held", "ended at its limit of memory"),
    "output": ("output without end", "ended: it printed more", "ended at its limit"),
    "cache": ("a hang in setup_cache", "ended: it took more than 2 s", "given up after its time"),
}


@pytest.mark.slow
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_each_costs_itself_and_has_its_reason(project: Project, method: str, fault: Faults) -> None:
    runs = Interrupted(project)
    log = runs.root / "hangs"
    text = BENCHMARKS.replace("LOG", repr(str(log)))
    (runs.root / "waiting" / "one.py").write_text(text)
    runs.env["HARNESS_MEMORY"] = "300MB"
    config = json.loads((runs.root / "waiting.json").read_text())
    (runs.root / "waiting.json").write_text(json.dumps(config | {"launch_method": method}))
    runs.run(expect=2)
    until(lambda: not runs.left(), "something is left")
    values = runs.values()
    (kept,) = (runs.root / "kept" / "box").glob("*.notes.txt")
    said = {name.rpartition("_")[2]: why for name, why in notes.parse(kept.read_text()).items()}
    assert log.read_text() == "hang\n"
    good = {"number", "processes", "last"}
    assert {name for name, value in values.items() if value and None not in value} == good
    for name, (kind, reason, then) in REASONS.items():
        assert reason in said[name][-1].reason, said
        fault(f"an asv benchmark: {kind}", good, values, f"{then}; the others have their numbers")
    then = "they end with the benchmark, which has its number"
    fault("an asv benchmark: processes left behind", good, values, then)
