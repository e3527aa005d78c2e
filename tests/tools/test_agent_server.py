"""An agent behind HTTP: its answers, its counts, and its end."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from places import TESTS

from harness.__main__ import main
from harness.common import local
from harness.runtimes.base import Agent
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime
from harness.tools.agent_server.serving import ServedModel, served
from harness.workload.script import Constant, ModelFailure, Script, prompt_of, request_of

COMMAND = [sys.executable, "-m", "harness", "serve-agent"]
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class _SyncAgent(Agent):
    """Replies to the requests 1 to 30 once all of them are under way."""

    def __init__(self, model):
        self.floor = FloorAgent(model)
        self.together = threading.Barrier(30, timeout=60)

    def run(self, prompt):
        if 0 < request_of(prompt) <= 30:
            self.together.wait()
        return self.floor.run(prompt)


class AllTogether(FloorRuntime):
    """A framework without asyncio, whose runs wait for each other."""

    name = "sync"

    def agent(self, model):
        return _SyncAgent(model)


def ask(server, body, path="/run"):
    """Status and JSON of an answer; the body as it is, or a request's number."""
    if isinstance(body, int):
        body = json.dumps({"prompt": prompt_of(body)})
    request = urllib.request.Request(server.url + path, body.encode() if body else None)
    try:
        with DIRECT.open(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def stats(server, method="GET"):
    """What a server did since it was cleared; DELETE clears it."""
    return local.ask(f"{server.url}/stats", method)


@pytest.fixture(scope="module")
def floor():
    with served(latency=0.02, tool_rounds=1, fail=[3, 1007]) as server:
        yield server


@pytest.fixture
def own_adapters(monkeypatch):
    here = str(Path(__file__).parent)
    monkeypatch.setenv("PYTHONPATH", f"{TESTS}{os.pathsep}{here}")


def test_a_run_is_answered_with_what_was_injected_and_how_long_it_took(floor):
    status, answer = ask(floor, 7)
    assert status == 200 and answer["reply"] == "reply 7"
    assert answer["injected"] == pytest.approx(0.04)
    assert answer["took"] >= 0.04


def test_many_at_once_get_their_own_replies_and_scripted_failures_fail(floor):
    stats(floor, "DELETE")
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda number: ask(floor, number), range(100)))
    for number, (status, answer) in enumerate(answers):
        if number == 3:
            assert (status, answer["error"]) == (502, "ModelFailure")
        else:
            assert (status, answer["reply"]) == (200, f"reply {number}")
    told = stats(floor)
    assert (told["requests"], told["ok"], told["errors"]) == (100, 99, {"ModelFailure": 1})
    assert told["in_flight"] == 0
    assert 0.04 <= told["took"]["p50"] <= told["took"]["p99"] <= told["took"]["max"]
    assert told["rss_bytes"] == pytest.approx(psutil.Process(floor.pid).memory_info().rss, rel=0.2)
    assert 0 < told["cpu_seconds"] <= sum(psutil.Process(floor.pid).cpu_times()[:2])


@pytest.mark.parametrize(
    "body",
    ["no json", "[]", "{}", '{"prompt": 7}', '{"prompt": "tell me a joke"}', "\x80", "null"],
)
def test_nonsense_is_refused_and_counted(floor, body):
    stats(floor, "DELETE")
    status, answer = ask(floor, body)
    assert (status, answer["error"]) == (400, "BadRequest")
    assert stats(floor)["errors"] == {"BadRequest": 1}
    assert ask(floor, 8)[0] == 200


def test_an_address_of_ipv6_is_told_as_it_is_used():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    with served(bind="::1") as server:
        assert server.url.startswith("http://[::1]:")
        status, answer = ask(server, 7)
        assert (status, answer["reply"]) == (200, "reply 7")
        assert stats(server)["ok"] == 1


def test_health_says_what_is_served(floor):
    assert ask(floor, "", "/health") == (
        200,
        {"runtime": "floor", "version": "", "entry": "asyncio"},
    )
    stats(floor, "DELETE")
    assert stats(floor)["took"] is None


def test_a_wrong_reply_is_a_failed_run(own_adapters):
    with served(runtime="adapters:WrongReply") as server:
        status, answer = ask(server, 7)
        assert (status, answer["error"]) == (502, "WrongReply")
        assert "expected 'reply 7'" in answer["text"]


def test_a_framework_without_asyncio_is_served_by_threads_side_by_side(own_adapters):
    with served(runtime="test_agent_server:AllTogether") as server:
        assert ask(server, "", "/health")[1]["entry"] == "threads"
        with ThreadPoolExecutor(30) as pool:
            answers = list(pool.map(lambda number: ask(server, number), range(1, 31)))
    # each run waits for the other 29: one after another, none would end
    assert [answer["reply"] for _, answer in answers] == [f"reply {i}" for i in range(1, 31)]


def test_greenlang_is_served(greenlang_python):
    uv = [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", str(greenlang_python)]
    subprocess.run([*uv, "aiohttp", "hdrhistogram"], check=True)
    with served(str(greenlang_python), runtime="greenlang", tool_rounds=2) as server:
        health = ask(server, "", "/health")[1]
        assert health == {"runtime": "greenlang", "version": "0.3.0", "entry": "threads"}
        assert ask(server, 5)[1]["reply"] == "reply 5"


def test_the_served_model_never_answers_early_and_fails_as_told():
    async def timed(number):
        begin = time.monotonic()
        await model.acomplete(prompt_of(number))
        return time.monotonic() - begin

    async def all_of_them():
        return await asyncio.gather(*(timed(number) for number in range(50)))

    model = ServedModel(Script(latency=Constant(0.0104), fail_at=frozenset({(60, 0)})))
    assert min(asyncio.run(all_of_them())) >= 0.0104
    with pytest.raises(ModelFailure):
        asyncio.run(model.acomplete(prompt_of(60)))


@pytest.mark.parametrize("elsewhere", [False, True])
def test_ctrl_c_ends_it_cleanly(elsewhere):
    command = [*COMMAND, "--python", sys.executable] if elsewhere else COMMAND
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert "answers POST http://127.0.0.1:" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, output, errors) == (0, "", "")


PARENT = """
from harness.tools.agent_server.serving import served
import time
with served() as server:
    print(server.pid, flush=True)
    time.sleep(60)
"""


def test_it_ends_with_a_parent_that_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    try:
        server = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.communicate()
        server.wait(30)
    finally:
        parent.kill()
    assert not server.is_running()


def test_what_cannot_be_served_is_one_line(floor, capsys, own_adapters):
    port = floor.url.rpartition(":")[2]
    for arguments, text in (
        (["--runtime", "agno"], "agno is not installed; try python -m harness serve-agent "),
        (["--runtime", "nobody"], "no runtime 'nobody'"),
        (["--runtime", "adapters:Unable"], "unable cannot be served: "),
        (["--runtime", "adapters:Denied"], "a first run failed: RunFailed: "),
        (["--port", port], f"127.0.0.1:{port} cannot be had: "),
        (["--bind", "192.0.2.1"], "192.0.2.1:0 cannot be had: "),
        (["--tool-rounds", "-1"], "tool_rounds is from 0"),
    ):
        assert main(["serve-agent", *arguments]) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"harness: {text}") and error.count("\n") == 1
    with (
        pytest.raises(ValueError, match="UnknownRuntime: no runtime 'nobody'"),
        served(runtime="nobody"),
    ):
        pass


def test_without_aiohttp_it_says_so(tmp_path):
    (tmp_path / "aiohttp.py").write_text("raise ImportError('No module named aiohttp')")
    done = subprocess.run(
        COMMAND,
        env=os.environ | {"PYTHONPATH": f"{tmp_path}"},
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "harness: floor cannot be served: No module named aiohttp\n"
