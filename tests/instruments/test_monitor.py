"""The resource monitor: what it reads, against what is known or what the system says."""

import contextlib
import json
import mmap
import os
import resource
import subprocess
import sys
import threading
import time

import psutil
import pytest
from burning import BURN, MIB, burn

from harness import runtimes
from harness.instruments.arrivals import drivers
from harness.instruments.resources.monitor import Monitor
from harness.instruments.resources.tree import FIELDS
from harness.instruments.work import model_of


def column(monitor, name):
    at = FIELDS.index(name)
    return [row[at] for row in monitor.samples if row[at] == row[at]]


@pytest.fixture(params=[False, True], ids=["thread", "process"])
def process(request):
    return request.param


@contextlib.contextmanager
def watched(**options):
    """A monitor of each 10 ms, and a function that waits until it has seen what is there now."""
    samples = []

    def wait():
        enough = len(samples) + 2  # the first may have been under way
        give_up = time.monotonic() + 120
        while len(samples) < enough:
            assert time.monotonic() < give_up, "no sample"
            time.sleep(0.001)
        return dict(zip(FIELDS, samples[-1], strict=True))

    with Monitor(interval=0.01, tell=samples.append, **options) as monitor:
        yield monitor, wait


def test_cpu_seconds_lie_between_readings_inside_and_outside(process):
    outside = time.process_time()
    with Monitor(interval=0.02, process=process, children=False) as monitor:
        inside = time.process_time()
        burn(0.2)
        least = time.process_time() - inside
    most = time.process_time() - outside
    cpu = monitor.summary["cpu"]
    assert least - 1e-6 <= cpu["seconds"] <= most + 1e-6
    assert cpu["peak_percent"] >= cpu["mean_percent"] > 0


def test_a_batch_of_runs_counts_the_same_cpu_seconds():
    model = model_of(0.0)
    agent = runtimes.load("floor").agent(model)
    with Monitor(interval=0.01, children=False) as monitor:
        batch = drivers.one_by_one(agent, model.script, "threads", range(50)).ensure_ok()
    assert 0 < batch.cpu <= monitor.summary["cpu"]["seconds"]


def test_an_idle_process_uses_nothing():
    code = "print(flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    child.stdout.readline()
    while psutil.Process(child.pid).status() != psutil.STATUS_SLEEPING:
        time.sleep(0.001)
    with watched(pid=child.pid) as (monitor, wait):
        wait()
    child.communicate(b"\n")
    assert monitor.summary["cpu"]["seconds"] == 0


def test_memory_agrees_with_the_system(process):
    with touched(64), Monitor(interval=0.02, process=process) as monitor:
        system = psutil.Process().memory_info()
        uss = psutil.Process().memory_full_info().uss
    assert monitor.summary["rss"]["peak"] == pytest.approx(system.rss, rel=0.01)
    assert monitor.summary["vms"]["first"] == pytest.approx(system.vms, rel=0.05)
    assert monitor.summary["uss"]["first"] == pytest.approx(uss, rel=0.02)


def touched(mib):
    """Memory of its own that is really there."""
    block = mmap.mmap(-1, mib * MIB)
    block[::4096] = b"x" * (mib * MIB // 4096)
    return block


@pytest.mark.parametrize(("hold", "peak"), [(True, 64), (False, 16)], ids=["growing", "sawtooth"])
def test_memory_patterns_show_in_the_peak(hold, peak):
    with watched() as (monitor, wait), contextlib.ExitStack() as held:
        for _ in range(4):
            block = touched(16)
            held.callback(block.close)
            wait()
            if not hold:
                block.close()
                wait()
    rss = monitor.summary["rss"]
    assert 0.9 * peak * MIB < rss["peak"] - rss["first"] < (peak + 8) * MIB
    assert rss["last"] - rss["first"] < 6 * MIB


def test_steady_memory_is_flat():
    with watched() as (monitor, wait):
        for _ in range(5):
            wait()
    rss = monitor.summary["rss"]
    assert rss["peak"] - rss["first"] < MIB


ALONE = """
import json, os, sys, threading, time
import psutil
from harness.instruments.resources.monitor import Monitor
stop = threading.Event()
threads = [threading.Thread(target=stop.wait) for _ in range(5)]
here = psutil.Process().num_threads()
with Monitor(interval=0.02, process=sys.argv[1] == "True") as monitor:
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(7)]
    for thread in threads:
        thread.start()
stop.set()
counted = {name: monitor.summary[name] for name in ("threads", "descriptors")}
print(json.dumps({"here": here, **counted}))
"""


def test_threads_and_descriptors_are_counted_without_the_monitors_own(process):
    # In a process of its own: threads of other tests may be about to end in this one.
    command = [sys.executable, "-c", ALONE, str(process)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["threads"]["first"] == found["here"]
    assert found["threads"]["last"] - found["threads"]["first"] == 5
    assert found["descriptors"]["last"] - found["descriptors"]["first"] == 7


def test_stable_counts_stay_stable_under_stress():
    with Monitor(interval=0.005) as monitor:
        for _ in range(200):
            thread = threading.Thread(target=lambda: open(os.devnull).close())
            thread.start()
            thread.join()
    # A thread that was joined is still there for a moment.
    assert abs(monitor.summary["threads"]["last"] - monitor.summary["threads"]["first"]) <= 5
    assert monitor.summary["descriptors"]["last"] == monitor.summary["descriptors"]["first"]


def test_counts_are_those_since_the_begin(tmp_path):
    with Monitor(interval=0.02) as monitor:
        with open(tmp_path / "file", "wb", buffering=0) as file:
            for _ in range(50):
                file.write(b"x" * 1000)
        touched(4).close()
        for _ in range(20):
            time.sleep(0.001)
    counts = monitor.summary["counts"]
    assert 50 <= counts["write_ops"] < 80
    assert 50_000 <= counts["write_chars"] < 60_000
    assert counts["minor_faults"] > 0
    assert counts["voluntary_switches"] >= 20


def test_children_are_part_of_it_unless_left_out():
    command = [sys.executable, "-c", BURN + "input()"]
    with watched() as (both, wait), Monitor(interval=0.02, children=False) as alone:
        child = subprocess.Popen(command, stdin=subprocess.PIPE)
        while wait()["processes"] < 2:
            pass
        child.communicate(b"\n")
    assert both.summary["cpu"]["seconds"] > 0.25
    assert both.summary["processes"]["peak"] == 2
    assert both.summary["rss"]["peak"] > alone.summary["rss"]["peak"] + MIB
    assert alone.summary["processes"]["peak"] == 1


def test_its_own_cost_is_told(process):
    who = resource.RUSAGE_CHILDREN if process else resource.RUSAGE_SELF
    before = resource.getrusage(who)
    with Monitor(interval=0.01, process=process) as monitor:
        time.sleep(0.2)
    after, summary = resource.getrusage(who), monitor.summary
    own = summary["monitor"]
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert own["where"] == ("process" if process else "thread")
    assert 0 < own["cpu_seconds"] <= used
    assert own["percent_of_a_core"] == pytest.approx(100 * own["cpu_seconds"] / summary["seconds"])
