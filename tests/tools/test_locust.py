"""Locust drives a served agent: the load is divided, and its report is that of `load`.

A master with two workers is in test_concurrency_docs.py: the commands of the page.
"""

import argparse
import contextlib
import csv
import json
import re
import socket
import subprocess
import sys
from collections import Counter

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from load_verb import SCHEMA
from places import ROOT, TESTS

from harness.common.local import ask
from harness.tools.agent_server import distributed
from harness.tools.agent_server.load import EXCHANGES
from harness.tools.agent_server.serving import served
from harness.tools.agent_server.shares import Gathered, Reported, Share, together

LOCUSTFILE = ROOT / "harness/tools/agent_server/locustfile.py"
LOCUST = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary"]


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


shapes = st.sampled_from(["constant", "ramp-up", "poisson"])


def given_(**options):
    """The options of a load, as Locust has them."""
    parser = argparse.ArgumentParser()
    distributed.add_arguments(parser)
    given = parser.parse_args([])
    for name, value in options.items():
        setattr(given, name, value)
    return given


@given(shapes, st.integers(1, 7), st.none() | st.integers(7, 50))
def test_shares_are_the_whole_load(shape, count, cap):
    whole = distributed.plan(given_(shape=shape, rate=10.0, duration=5.0, warmup=0.5, cap=cap))
    shares = [Share(place, count) for place in range(count)]
    numbered = {
        share.number(request): due
        for share in shares
        for request, due in enumerate(share.dues(whole))
    }
    assert [due for _, due in sorted(numbered.items())] == list(whole.arrivals.due)
    plans = [share.plan(whole) for share in shares]
    assert {plan.arrivals.duration for plan in plans} == {5.5}
    assert cap is None or sum(plan.cap for plan in plans) == cap


ends = st.lists(st.tuples(st.floats(0, 10), st.floats(0, 5), st.sampled_from(["ok", "timeout"])))


@given(st.lists(ends, max_size=4))
def test_records_of_many_processes_are_put_together(parts):
    gathered, every = [], []
    for part in parts:
        own, to = Reported(), Gathered(len(part))
        for due, took, kind in part:
            request = own.send(due, due, 0.0)
            own.finish(request, due + took, kind)
            own.finish(request, due, "said twice")
            message = {"news": own.news(), "peak": 1, "injected": None, "is_done": True}
            to.add(json.loads(json.dumps(message)))  # as it travels
        gathered.append(to)
        every += [(due, due + took, kind) for due, took, kind in part]
    made = together(gathered)
    assert sorted((each.due, each.end, each.kind) for each in made) == sorted(every)
    assert [each.due for each in made] == sorted(due for due, _, _ in every)
    assert made.counts == Counter(kind for _, _, kind in every)


def test_a_process_that_ended_early_makes_the_load_invalid(capsys):
    parts = {"first": Gathered(10, is_done=True), "second": Gathered(10)}
    for part, count in zip(parts.values(), (10, 4), strict=True):
        part.add(
            {
                "news": [(n / 10, n / 10, n / 10 + 0.02, 0.0, "ok") for n in range(count)],
                "peak": 1,
                "injected": 0.02,
                "is_done": part.is_done,
            }
        )
    given = given_(rate=20.0, duration=1.0)
    assert distributed.tell(given, "http://host", parts, None) == 1
    assert "INVALID: second ended early: 6 requests are unknown" in capsys.readouterr().out
    assert distributed.tell(given, "http://host", parts, 0.7) == 130


@pytest.mark.parametrize("name", EXCHANGES)
def test_an_exchange_is_json_with_its_number(name):
    assert "request 4095" in json.dumps(EXCHANGES[name].body(4095))


@pytest.mark.slow
def test_the_report_is_that_of_a_load(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{TESTS}:{TESTS}/tools")
    files = {name: tmp_path / name for name in distributed.FILES}
    # Each process begins with request 0.
    with served(fail=[0, 1]) as server:
        options = ["--rate", "20", "--duration", "1s", "--warmup", "0.5s", "--slo", "errors=1%"]
        options += [word for name, path in files.items() for word in (f"--{name}", str(path))]
        command = [*LOCUST, "--host", server.url, *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        stats = ask(f"{server.url}/stats", "GET")
    found = json.loads(files["summary"].read_text())
    jsonschema.validate(found, SCHEMA)
    totals = found["figures"]["requests"]
    assert found["slos"][0]["met"]  # the two were of the warm-up
    assert done.returncode == (found["verdict"] == "invalid")
    assert (totals["due"], totals["ok"], totals["warmup"]) == (20, 20, 10)
    assert (stats["requests"], stats["errors"]) == (30, {"ModelFailure": 2})
    rows = list(csv.DictReader(files["rows"].open()))
    assert Counter(row["kind"] for row in rows) == {"ok": 28, "http 502": 2}
    assert "<!doctype html>" in files["page"].read_text()
    assert "TotalCount" in files["percentiles"].read_text()
    assert "local: 30 requests, 2 failed" in done.stdout and "offered 20/s" in done.stdout


@pytest.mark.slow
def test_a_load_that_is_none_is_refused_in_one_line(tmp_path):
    for arguments, text in (
        (["--shape", "step", "--rates", "1,x"], "'x' is no quantity such as 5"),
        (["--summary", str(tmp_path / "no" / "file")], "cannot be written"),
        (["--slo", "cpu=80%"], "SLO 'cpu' is of one process, not of many"),
    ):
        command = [*LOCUST, "--host", "http://127.0.0.1:9", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        (line,) = (line for line in done.stderr.splitlines() if line.startswith("harness: "))
        assert text in line


@pytest.mark.slow
def test_four_workers_make_the_load_and_the_server_counts_the_same(tmp_path):
    summary, port = tmp_path / "summary.json", str(free_port())
    with served(latency=0.02, fail=list(range(10, 20))) as server:
        master = [*LOCUST, "--master", "--master-bind-port", port, "--expect-workers", "4"]
        master += ["--host", server.url, "--shape", "poisson", "--seed", "3", "--rate", "60"]
        master += ["--duration", "10s", "--slo", "errors=5%", "--summary", str(summary)]
        worker = [*LOCUST, "--worker", "--master-host", "127.0.0.1", "--master-port", port]
        with started(master, *[worker] * 4) as processes:
            out, *_ = [process.communicate(timeout=120)[0] for process in processes]
        stats = ask(f"{server.url}/stats", "GET")
    found = json.loads(summary.read_text())
    totals = found["figures"]["requests"]
    planned = distributed.plan(given_(shape="poisson", seed=3, rate=60.0, duration=10.0))
    assert totals["due"] == totals["sent"] == stats["requests"] == len(planned.arrivals.due)
    assert totals["ok"] == stats["ok"] and totals["errors"] == {"http 502": 10}
    assert stats["errors"] == {"ModelFailure": 10} and found["slos"][0]["met"]
    assert len(re.findall(r"_[0-9a-f]+: 1\d\d requests, [0-9]+ failed", out)) == 4
