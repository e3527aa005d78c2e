"""Locust drives a served agent: its shapes and its figures.

A master with two workers is in test_concurrency_docs.py: the commands of the page.
"""

import contextlib
import json
import math
import socket
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT, TESTS

from harness.tools.agent_server.load import EXCHANGES, Rates
from harness.tools.agent_server.process import served
from harness.tools.agent_server.tally import Tally
from harness.workload import schedules

LOCUSTFILE = ROOT / "harness/tools/agent_server/locustfile.py"
LOCUST = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary"]

rate = st.floats(1, 200)
duration = st.floats(1, 30)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def started(*commands):
    """Processes that have all ended when this is left, whatever happened."""
    running = []
    try:
        for command in commands:
            output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
            running.append(subprocess.Popen(command, **output, text=True))
        yield running
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.communicate()


SLICES = 2_000


def area(rates, end, steps=SLICES):
    width = end / steps
    return math.fsum(rates.at((i + 0.5) * width) * width for i in range(steps))


@settings(max_examples=30)
@given(rate, duration, st.floats(1, 500), st.lists(rate, min_size=1, max_size=5), st.floats(0, 1))
def test_rates_are_those_of_the_schedules(rate, duration, peak, steps, share):
    end = share * duration
    for rates, due in (
        (Rates("constant", duration, rate), schedules.constant(rate, duration)),
        (Rates("ramp-up", duration, rate), schedules.ramp_up(rate, duration)),
        (Rates("spike", duration, rate, peak), schedules.spike(rate, peak, duration)),
        (Rates("step", duration, steps=steps), schedules.step(steps, duration)),
    ):
        begun = sum(moment < end for moment in due)
        # A part of a schedule rounds its requests to whole ones; the sum is over slices.
        parts = {"spike": 3, "step": len(steps)}.get(rates.shape, 1)
        slices = max(rate, peak, *steps) * duration / SLICES * (parts + 1)
        assert abs(area(rates, end) - begun) <= parts + slices, rates
        assert rates.at(-0.1) == rates.at(duration) == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("saw", 1.0), "no shape 'saw'"),
        (("spike", 1.0), "a spike needs a peak"),
        (("step", 1.0), "steps need rates"),
        (("constant", 0.0), "positive numbers, not 0"),
        (("constant", 1.0, math.inf), "positive numbers, not inf"),
    ],
)
def test_rates_that_are_none_are_refused(arguments, text):
    with pytest.raises(ValueError, match=text):
        Rates(*arguments)


latencies = st.lists(st.tuples(st.floats(1e-5, 60), st.sampled_from([None, "WrongReply"])))


@settings(max_examples=30)
@given(st.lists(latencies, max_size=4))
def test_merged_figures_are_those_of_one_process(parts):
    whole, merged = Tally(), Tally()
    for part in parts:
        alone = Tally()
        for seconds, failure in part:
            whole.add(seconds, failure)
            alone.add(seconds, failure)
        # As it travels from a worker to the master.
        merged.merge(alone.message())
    assert (merged.requests, merged.failures) == (whole.requests, whole.failures)
    assert merged.percentiles() == whole.percentiles()


@pytest.mark.parametrize("name", EXCHANGES)
def test_an_exchange_is_json_with_its_number(name):
    exchange = EXCHANGES[name]
    assert "request 4095" in str(json.loads(exchange.body(4095)))
    assert "NUMBER" not in exchange.body(4095)


def test_wrong_replies_and_failed_runs_are_failures(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{TESTS}:{TESTS}/tools")
    summary = tmp_path / "summary.json"
    # Each process begins with request 0.
    with served(fail=[0, 1]) as server:
        command = [*LOCUST, "--host", server.url, "--duration", "2s", "--summary", str(summary)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    found = json.loads(summary.read_text())
    assert done.returncode == 1 and found["failures"] == {"ModelFailure": 2}
    assert found["requests"] > 2 and found["latency"]["p50"] > 0


def test_a_load_that_is_none_is_refused_in_one_line(tmp_path):
    for arguments, text in (
        (["--shape", "step", "--rates", "1,x"], "'x' is no quantity such as 5"),
        (["--summary", str(tmp_path / "no" / "file")], "cannot be written"),
    ):
        command = [*LOCUST, "--host", "http://127.0.0.1:9", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        (line,) = (line for line in done.stderr.splitlines() if line.startswith("harness: "))
        assert text in line
