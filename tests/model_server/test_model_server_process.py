"""The server's process."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from places import ROOT

from harness.model_server.process import ModelServer
from harness.runtimes.floor.bare_client import BareClient
from harness.workload.script import Script


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
    with pytest.raises(NotImplementedError, match=r"HARNESS_PYTHON.*No module named 'aiohttp'"):
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_its_url_and_ends_with_a_signal_and_its_totals(number):
    command = [sys.executable, "-m", "harness", "serve", "--latency", "0.01"]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as serving:
        url = serving.stdout.readline().split()[0]
        body = b'{"model": "any", "messages": [{"role": "user", "content": "request 1"}]}'
        answer = BareClient(f"{url}/chat/completions").post(body)
        serving.send_signal(number)
        _, told = serving.communicate(timeout=60)
    assert b"reply 1" in answer
    assert serving.returncode == 0
    assert " ok" in told


def test_bad_input_of_serve_is_one_line_and_status_2():
    command = [sys.executable, "-m", "harness", "serve", "--port", "99999"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
