"""`load --model-url`: the limits hold, the key is nowhere, the model's part is known."""

import json
import re
import stat
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from framework_env import PINNED
from load_verb import measured

from harness.model_server.process import ModelServer
from harness.workload.script import Constant, Script

KEY = "sk-planted-7f3a"
ASKED = ("--rate", "50", "--duration", "0.4s")  # 20 requests


class _Endpoint(BaseHTTPRequestHandler):
    """A real model, as far as a client can tell: it wants a key, counts tokens, and quotes the key
    in a refusal of every request that `refuse` names."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        key = self.headers["authorization"].removeprefix("Bearer ")
        self.server.asked.append((self.path, key, body))
        number = int(re.search(r"request (\d+)", body["messages"][-1]["content"])[1])
        message = {"role": "assistant", "content": f"my reply to {number}"}
        usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        answer = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
        status, answer = 200, answer | {"choices": [choice], "usage": usage}
        if number in self.server.refuse:
            status, answer = 401, {"error": {"message": f"Incorrect API key provided: {key}"}}
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.send_header("x-key", key)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@contextmanager
def endpoint(*refuse):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Endpoint)
    server.asked, server.refuse = [], refuse
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server, f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def limited(url, requests, tokens):
    limits = ("--max-requests", str(requests), "--max-tokens", str(tokens))
    return ("--model-url", url, "--model", "some-model", *limits, *ASKED)


def nowhere(tmp_path, *texts):
    """The key is in none of these texts and of the files that are there."""
    found = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert found and not any(KEY.encode() in each for each in found)
    assert not any(KEY in each for each in texts)


def test_requests_beyond_the_limit_never_leave(load, key, tmp_path):
    with ModelServer(Script(latency=Constant(0.004))) as server:
        status, out, err, data = load(*limited(server.url, 12, 10**6), "--html", "page.html")
        arrived = server.journal()["requests"]
    figures = measured(status, data)
    assert arrived == 12 and figures["requests"]["errors"] == {"http 429": 8}
    assert figures["calls"]["made"] == 12 and figures["calls"]["refused"] == 8
    assert any("8 model calls" in reason for reason in data["reasons"])
    assert figures["model"]["count"] == figures["added"]["count"] == 12
    means = [figures[name]["mean"] for name in ("model", "added", "latency")]
    assert means[0] + means[1] == pytest.approx(means[2]) and means[0] >= 0.004
    assert "\nmodel " in out
    nowhere(tmp_path, out, err)


def test_tokens_beyond_the_limit_are_never_asked_for(load, key, tmp_path):
    with endpoint() as (server, url):
        status, out, err, data = load(*limited(url, 1000, 200), "--reply-tokens", "700")
    figures = measured(status, data)
    assert 1 <= len(server.asked) < 20 and figures["calls"]["refused"] == 20 - len(server.asked)
    assert figures["calls"]["tokens"] == 15 * len(server.asked) <= 200
    for path, sent, body in server.asked:
        assert (path, sent, body["model"]) == ("/v1/chat/completions", KEY, "some-model")
        assert 1 <= body["max_tokens"] <= 700
    nowhere(tmp_path, out, err)


def test_a_key_that_the_endpoint_quotes_is_nowhere_and_texts_are_kept_if_asked(load, key, tmp_path):
    with endpoint(3, 4) as (server, url):
        kept = ("--keep-text", "kept", "--prompt", "Say hello.", "--tokens-field")
        outputs = ("--csv", "load.csv", "--html", "page.html")
        words = (*limited(url, 100, 10**5), *kept, "max_completion_tokens", *outputs)
        status, out, err, data = load(*words)
    figures = measured(status, data)
    assert figures["requests"]["errors"] == {"http 401": 2}
    assert server.asked[0][2]["max_completion_tokens"] == 256
    lines = [json.loads(line) for line in (tmp_path / "kept").read_text().splitlines()]
    assert sorted(line["request"] for line in lines) == list(range(20))
    assert {line["asked"]["messages"][-1]["content"][-10:] for line in lines} == {"Say hello."}
    assert sum("my reply to" in line["answered"] for line in lines) == 18
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o600
    nowhere(tmp_path, out, err)


def test_texts_are_not_kept_unless_asked_and_an_unreachable_model_is_an_error(load, key, tmp_path):
    with endpoint() as (_, url):
        load(*limited(url, 100, 10**5))
    assert b"my reply" not in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    status, out, err, data = load(*limited("http://127.0.0.1:9/v1", 100, 10**5))
    assert data["figures"]["requests"]["errors"] == {"http 502": 20} and status == 1
    assert data["figures"]["calls"]["tokens"] == 0
    nowhere(tmp_path, out, err)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--model-url http://h --max-requests 1 --max-tokens 1", "--model"),
        ("--model-url http://h --model m --max-tokens 1", "--max-requests"),
        ("--model-url http://h --model m --max-requests 1", "--max-tokens"),
        ("--max-tokens 5", "--model-url"),
        ("--keep-text x", "--model-url"),
        ("{all} --over-http", "--over-http"),
        ("{all} --latency 5ms", "--latency"),
        ("{all} --key-env UNSET_VARIABLE", "no API key"),
        (f"{{all}} --key-env {KEY}", "no API key"),
        ("{all} --key-env=", "no API key"),
        (f"{{all}} --model-url https://{KEY}@h", "which would be shown"),
        (f"{{all}} --model-url https://h?key={KEY}", "which would be shown"),
        ("{all} --max-tokens 0", "--max-tokens"),
        ("{all} --keep-text no/such/file", "no folder"),
        ("{all} --keep-text -", "--keep-text is a file"),
    ],
)
def test_what_is_missing_or_wrong_is_one_line_without_the_key(load, key, words, said):
    every = "--model-url http://h --model m --max-requests 1 --max-tokens 1"
    status, out, err, data = load(*words.format(all=every).split())
    assert (status, out, data) == (2, "", None)
    assert said in err and err.count("\n") == 1 and KEY not in err


def test_no_process_has_the_key_in_its_command_line_nor_the_agent_in_its_environment(
    load, key, tmp_path, monkeypatch
):
    (tmp_path / "spying.py").write_text(
        "import os, subprocess\n"
        "from harness.runtimes.floor import FloorRuntime\n"
        "class Spying(FloorRuntime):\n"
        "    def agent(self, model):\n"
        "        names = os.path.join(os.environ['SPY'], 'environment')\n"
        "        open(names, 'w').write(repr(dict(os.environ)))\n"
        "        said = subprocess.run(['ps', '-A', '-ww', '-o', 'args'], capture_output=True)\n"
        "        open(os.path.join(os.environ['SPY'], 'processes'), 'wb').write(said.stdout)\n"
        "        return super().agent(model)\n"
    )
    monkeypatch.setenv("SPY", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    with endpoint() as (server, url):
        words = ("--runtime", "spying:Spying", "--python", sys.executable)
        status, out, err, data = load(*limited(url, 100, 10**5), *words)
    assert measured(status, data)["requests"]["ok"] == len(server.asked) == 20
    assert "SPY" in (tmp_path / "environment").read_text()
    assert "harness.common.child" in (tmp_path / "processes").read_text()
    nowhere(tmp_path, out, err)


@pytest.mark.frameworks
@pytest.mark.parametrize("runtime", ["openai_agents", "pydantic_ai"])
def test_a_real_framework_on_a_real_endpoint(load, key, tmp_path, tmp_path_factory, runtime):
    python = PINNED[runtime].install(tmp_path_factory.mktemp(runtime) / "env")
    with endpoint(3) as (server, url):
        words = ("--runtime", runtime, "--python", str(python))
        status, out, err, data = load(*limited(url, 15, 10**5), *words)
    figures = measured(status, data)
    assert len(server.asked) == 15 and figures["calls"]["made"] == 15
    assert figures["requests"]["errors"] == {"http 429": 5, "http 401": 1}
    assert figures["model"]["count"] == 14 and figures["added"]["mean"] > 0
    nowhere(tmp_path, out, err)
