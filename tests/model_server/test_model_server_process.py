"""The server's process, and the measurement of its accuracy."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from places import ROOT

from harness.model_server.process import ModelServer
from harness.model_server.server import run
from harness.workload.script import Constant, Script
from studies.model_server import accuracy, rivals
from studies.model_server.probe import measure, pooled


def gone(pid):
    for _ in range(600):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_it_ends_with_its_context_and_stopping_twice_is_harmless():
    with ModelServer(Script()) as server:
        assert server.journal()["requests"] == 0
    assert gone(server.pid)
    server.stop()


def test_it_dies_with_a_parent_that_is_killed():
    program = (
        "import time; from harness.model_server.process import ModelServer\n"
        "from harness.workload.script import Script\n"
        "print(ModelServer(Script()).pid, flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as parent:
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.send_signal(signal.SIGKILL)
    assert gone(pid)


def test_it_says_why_it_cannot_start(tmp_path):
    with pytest.raises(NotImplementedError, match="/nowhere/python"):
        ModelServer(Script(), python="/nowhere/python")
    bare = tmp_path / "python"  # without site-packages there is no aiohttp
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    with pytest.raises(NotImplementedError, match=r"HARNESS_PYTHON.*needs aiohttp"):
        ModelServer(Script(), python=str(bare))
    with pytest.raises(NotImplementedError, match="ended with status 1"):
        ModelServer(Script(), python="/bin/false")


def test_a_measured_process_needs_the_standard_library_only():
    program = "import sys, harness.model_server.process; print('aiohttp' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": ROOT},
    )  # fmt: skip
    assert done.stdout == "False\n"


def test_the_python_of_the_benchmarks_is_taken(monkeypatch):
    monkeypatch.setenv("HARNESS_PYTHON", "/nowhere/else")
    with pytest.raises(NotImplementedError, match="/nowhere/else"):
        ModelServer(Script())


def test_serve_prints_its_url_and_ends_with_ctrl_c():
    command = [sys.executable, "-m", "harness", "serve", "--latency", "0.01"]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as serving:
        url = serving.stdout.readline().split()[0]
        sample = run(measure(url, 2, 0.3, 0.01))
        serving.send_signal(signal.SIGINT)
        _, told = serving.communicate(timeout=60)
    assert sample.latencies
    assert serving.returncode == 0
    assert " ok" in told


def test_bad_input_of_serve_is_one_line_and_status_2():
    command = [sys.executable, "-m", "harness", "serve", "--port", "99999"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_a_measurement_sees_the_configured_latency_and_never_less():
    with ModelServer(Script(latency=Constant(0.05))) as server:
        sample = run(measure(server.url, 4, 0.8, 0.05, server.pid))
    row = pooled([sample], 4)
    assert min(sample.latencies) >= 0.05
    assert row["answered"] == len(sample.latencies) > 0
    assert row["failed"] == 0
    assert row["server_cpu_us"] > 0


def test_failed_requests_are_counted_as_failed():
    with ModelServer(Script(), faults={"server_error": tuple(range(1, 10**4, 2))}) as server:
        sample = run(measure(server.url, 2, 0.5, 0.01))
    assert sample.failed > 0


def test_accuracy_writes_both_sides(tmp_path, capsys):
    file = tmp_path / "figures.json"
    words = ["--latency", "0.02", "--seconds", "0.4", "--at-once", "1", "3", "--json"]
    assert accuracy.main([*words, str(file)]) == 0
    document = json.loads(file.read_text())
    for side in ("client", "server"):
        assert [row["at_once"] for row in document[side]] == [1, 3]
        assert all(row["p99"] >= row["p50"] >= 0.02 for row in document[side])
    assert "seen by the client" in capsys.readouterr().out


def test_rivals_that_cannot_be_installed_are_told_with_the_reason(tmp_path, monkeypatch, capsys):
    def refuse(command):
        raise rivals.Unavailable("no network here")

    monkeypatch.setattr(rivals, "_install", refuse)
    file = tmp_path / "figures.json"
    words = ["--latency", "0.02", "--seconds", "0.4", "--at-once", "2", "--rounds", "2", "--json"]
    assert rivals.main([*words, str(file)]) == 0
    document = json.loads(file.read_text())
    assert list(document["servers"]) == ["ours"]
    assert set(document["missing"].values()) == {"no network here"}
    assert "n/a (no network here)" in capsys.readouterr().out


def test_a_rival_that_does_not_serve_is_not_waited_for():
    serving = rivals.started(["/bin/false"])
    with pytest.raises(rivals.Unavailable, match="exit status 1"), serving:
        pass


@pytest.mark.parametrize(
    "words",
    ["--at-once 0", "--seconds 0.01", "--json /nowhere/x.json", "--url http://127.0.0.1:1/v1"],
)
def test_accuracy_refuses_nonsense(words, capsys):
    assert accuracy.main(words.split()) == 2
    assert capsys.readouterr().err.count("accuracy:") == 1
