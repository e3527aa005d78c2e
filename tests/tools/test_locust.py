"""Locust drives a served agent: its shapes and its figures.

A master with two workers is in test_concurrency_docs.py: the commands of the page.
"""

import contextlib
import json
import socket
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT, TESTS

from harness.tools.agent_server.load import EXCHANGES, Tally, rate_at
from harness.tools.agent_server.serving import served
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


@pytest.mark.parametrize(
    ("due", "rates"),
    [
        (schedules.constant(7, 10), [7, 7, 7]),
        (schedules.spike(10, 50, 10), [10, 50, 10]),
        (schedules.step([10, 20, 40], 10.5), [10, 20, 40]),
        (schedules.ramp_up(100, 10), [10, 50, 90]),
    ],
)
def test_the_rate_is_that_of_the_schedule(due, rates):
    assert [rate_at(moment, due, 10) for moment in (1, 5, 9)] == pytest.approx(rates, rel=0.05)


@given(rate, duration)
def test_a_ramp_has_more_and_more(rate, duration):
    due = schedules.ramp_up(rate, duration)
    rates = [rate_at(share / 10 * duration, due, duration) for share in range(11)]
    if len(due) > 1:
        assert rates == sorted(rates) and rates[-1] < rate * 1.01 + 1 / duration
    assert rate_at(duration, schedules.constant(0.1, 10), 10) == 0.1


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
    assert "request 4095" in json.dumps(EXCHANGES[name].body(4095))


def test_wrong_replies_and_failed_runs_are_failures(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{TESTS}:{TESTS}/tools")
    summary = tmp_path / "summary.json"
    # Each process begins with request 0.
    with served(fail=[0, 1]) as server:
        command = [*LOCUST, "--host", server.url, "--duration", "1s", "--summary", str(summary)]
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
