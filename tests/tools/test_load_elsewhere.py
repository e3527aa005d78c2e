"""`harness load` on agents behind HTTP and in other processes, and how such a load ends."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jsonschema
from load_verb import QUICK, SCHEMA, measured
from places import TESTS


class _Agent(BaseHTTPRequestHandler):
    """Answers like an agent; every fifth request with 429, every seventh with another's reply."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        number = int(body["prompt"].split()[1])
        status = 429 if number % 5 == 1 else 200
        wrong = number % 7 == 3
        answer = {"reply": f"reply {number + wrong}", "injected": 0.003}
        answer = json.dumps(answer).encode()
        self.send_response(status if self.path == "/run" else 404)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


@contextmanager
def served():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Agent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_an_agent_behind_http(load):
    with served() as url:
        status, _, _, data = load("--url", url, *QUICK)
    errors = measured(status, data)["requests"]["errors"]
    limited = [number for number in range(40) if number % 5 == 1]
    wrong = [number for number in range(40) if number % 7 == 3 and number % 5 != 1]
    assert errors == {"http 429": len(limited), "wrong reply": len(wrong)}
    assert data["target"]["injected_seconds"] == 0.003


def test_the_floor_over_http_with_every_kind_of_fault(load):
    kinds = ("rate_limit", "server_error", "malformed", "drop", "cut", "stall")
    faults = [part for kind in kinds for part in ("--fault", f"{kind}=8%")]
    limits = ("--rate", "100", "--duration", "1s", "--timeout", "400ms")
    status, _, _, data = load("--over-http", *limits, *faults)
    figures = measured(status, data)
    assert set(figures["requests"]["errors"]) >= {"http 429", "http 500", "malformed", "dropped"}
    assert figures["requests"]["due"] == 100 and figures["requests"]["ok"] > 20


def start(tmp_path, *arguments):
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    return subprocess.Popen(
        [sys.executable, "-m", "harness", "load", "--json", "load.json", *arguments],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_ends_with_what_was_recorded_and_progress_is_told_each_second(tmp_path):
    process = start(tmp_path, "--call", "load_calls:quick", "--rate", "50", "--duration", "1h")
    lines = [process.stderr.readline(), process.stderr.readline()]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert all(" s  sent " in line and "in flight" in line for line in lines)
    data = json.loads((tmp_path / "load.json").read_text())
    jsonschema.validate(data, SCHEMA)
    assert data["figures"]["requests"]["ok"] > 50 and data["figures"]["requests"]["unsent"] == 0
    assert "INVALID: stopped after" in out and "Traceback" not in err
    assert data["figures"]["usage"]["rss_peak"] > 1e6


def test_another_interpreter_makes_the_load_and_is_stopped_alike(tmp_path, greenlang_python):
    elsewhere = ("--python", str(greenlang_python), "--runtime", "greenlang", "--entry", "threads")
    limits = ("--rate", "50", "--duration", "1h", "--latency", "10ms", "--csv", "load.csv")
    process = start(tmp_path, *elsewhere, *limits)
    lines = [process.stderr.readline(), process.stderr.readline()]
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert all(" s  sent " in line for line in lines) and "Traceback" not in err
    data = json.loads((tmp_path / "load.json").read_text())
    jsonschema.validate(data, SCHEMA)
    assert data["target"] == {"name": "greenlang, threads", "injected_seconds": 0.01}
    requests = data["figures"]["requests"]
    assert requests["ok"] == requests["sent"] > 20 and data["event_loop"] == "asyncio"
    assert len((tmp_path / "load.csv").read_text().splitlines()) == 1 + requests["due"]


def test_what_another_interpreter_refuses_is_one_line(load, greenlang_python):
    elsewhere = ("--python", str(greenlang_python), *QUICK)
    status, _, err, _ = load("--runtime", "greenlang", "--entry", "asyncio", *elsewhere)
    assert status == 2 and "no asyncio entry point" in err and err.count("\n") == 1
    status, _, err, _ = load("--runtime", "agno", *elsewhere)
    assert status == 2 and "agno is not installed" in err and err.count("\n") == 1


def test_a_terminal_has_one_line_that_updates_itself(capsys):
    import io

    from harness.tools.load.console import Progress
    from harness.tools.load.run import Second

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen, other = Terminal(), io.StringIO()
    for stream in (screen, other):
        progress = Progress(stream)
        for second in (1, 2):
            progress(Second(second, 10, {"ok": 8, "dropped": 1}, 0.02, 5.0))
        progress.end()
    assert screen.getvalue().count("\r") == 2 and screen.getvalue().count("\n") == 1
    assert other.getvalue().count("\n") == 2 and "\r" not in other.getvalue()
