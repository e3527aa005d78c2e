"""What clients that know HTTP only ask: urllib3, curl, a browser, old and odd ones."""

import gzip
import http.server
import json
import re
import shutil
import subprocess
import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import Any

import urllib3
from client_rows import SCRIPT, NotInstalled, chat, post, refused, row, sent, status

from harness.model_server.connection import LARGEST
from harness.model_server.process import ModelServer

REPLY = SCRIPT.reply(7)
BODY = json.dumps(chat()).encode()
CLOSE = "Connection: close"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def program(*names: str) -> str:
    """The path of the first of these programs; NotInstalled."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise NotInstalled(f"{names[0]} is not installed")
    return found


def text(answer: bytes | str) -> str:
    """The reply in the body of an answer."""
    return str(json.loads(answer)["choices"][0]["message"]["content"])


def curl(server: ModelServer, *words: str, body: bytes | None = BODY, path: str = "") -> bytes:
    """What curl prints of a model call, or of another path."""
    command = [program("curl"), "-q", "--silent", "--show-error", "--noproxy", "*", *words]
    if body is not None:
        command += ["--header", "Content-Type: application/json", "--data-binary", "@-"]
    url = server.url + (path or "/chat/completions")
    done = subprocess.run([*command, url], input=body, capture_output=True, timeout=60, check=True)
    return done.stdout


@row("urllib3", "retries on 429 and 500", "the reply, after the seconds of `Retry-After`",
     on="failing")  # fmt: skip
def urllib3_retries(server: ModelServer) -> None:
    retry = urllib3.Retry(2, status_forcelist=[429, 500], allowed_methods=None)
    with urllib3.PoolManager(retries=retry) as pool:
        for number in (1, 2):
            found = pool.request("POST", f"{server.url}/chat/completions", json=chat(number))
            assert text(found.data) == SCRIPT.reply(number)


@row("urllib3", "a body in chunks, a body in gzip, `Accept-Encoding: gzip`; all on one connection",
     "the reply, never compressed")  # fmt: skip
def urllib3_bodies(server: ModelServer) -> None:
    url = f"{server.url}/chat/completions"
    packed = {"Content-Encoding": "gzip", "Accept-Encoding": "gzip, deflate, br"}
    with urllib3.PoolManager() as pool:
        bodies: list[tuple[Any, dict[str, str]]] = [(iter([BODY[:9], BODY[9:]]), {})]
        for body, headers in [*bodies, (gzip.compress(BODY), packed)]:
            found = pool.request("POST", url, body=body, headers=headers)
            assert text(found.data) == REPLY
            assert "Content-Encoding" not in found.headers
        (kept,) = [pool.pools[key] for key in pool.pools.keys()]  # noqa: SIM118 - no mapping
        assert (kept.num_connections, kept.num_requests) == (1, 2)


@row("curl", "a call; `--http1.0`; `--http2`; chunks", "the reply")
def curl_calls(server: ModelServer) -> None:
    ways = [(), ("--http1.0",), ("--http2",), ("--header", "Transfer-Encoding: chunked")]
    assert {text(curl(server, *words)) for words in ways} == {REPLY}


@row("curl", "`--no-buffer`, a stream", "each event, `[DONE]`")
def curl_stream(server: ModelServer) -> None:
    events = curl(server, "--no-buffer", body=json.dumps(chat(stream=True)).encode()).split(b"\n\n")
    assert events[0].startswith(b"data: {") and events[-2:] == [b"data: [DONE]", b""]


@row("curl", "`Expect: 100-continue`", "100 at once, then the reply")
def curl_waits(server: ModelServer) -> None:
    options = ("--header", "Expect: 100-continue", "--include")
    assert curl(server, *options).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


@row("curl", "`--retry` on 429", "the reply, after a second", on="failing")
def curl_retries(server: ModelServer) -> None:
    body = json.dumps(chat(1)).encode()
    found = curl(server, "--retry", "1", "--fail", body=body)
    assert text(found) == SCRIPT.reply(1)


@row("curl", "`--head` of the models", "the headers of GET")
def curl_head(server: ModelServer) -> None:
    found = curl(server, "--head", body=None, path="/models")
    assert status(found) == 200 and b"\r\nContent-Length: 113\r\n" in found


@row("HTTP/1.0", "a stream", "the events, to the end of the connection")
def old_stream(server: ModelServer) -> None:
    for more in ((), ("Connection: keep-alive",)):
        found = sent(server, post(json.dumps(chat(stream=True)).encode(), *more, version="1.0"))
        head, _, events = found.partition(b"\r\n\r\n")
        assert status(head) == 200 and b"chunked" not in head.lower()
        assert events.endswith(b"data: [DONE]\n\n")


@row("any", "requests sent before the answers (pipelining); `Connection: close`",
     "the answers in order, then the end")  # fmt: skip
def pipelined(server: ModelServer) -> None:
    calls = [json.dumps(chat(number)).encode() for number in range(5)]
    found = sent(server, b"".join(map(post, calls)) + post(BODY, CLOSE))
    replies = re.findall(rb'"content":"([^"]*)"', found)
    assert replies == [SCRIPT.reply(number).encode() for number in (*range(5), 7)]


@row("any", "through a proxy (`POST http://...`)", "the reply")
def proxied(server: ModelServer) -> None:
    found = sent(server, post(BODY, CLOSE, target=server.url.removesuffix("/v1")))
    assert text(found.partition(b"\r\n\r\n")[2]) == REPLY


@row("any", "a body that is no JSON, not UTF-8, or empty", "400 that says so")
def no_json(server: ModelServer) -> None:
    for body in (b"{", b'{"model": "\xff"}', b""):
        refused(sent(server, post(body, CLOSE)), 400, "no JSON")


@row("any", f"a body of more than {LARGEST >> 20} MiB, announced or in chunks", "413")
def too_large(server: ModelServer) -> None:
    body = b" " * (LARGEST + 1)
    chunked = post(b"", CLOSE, "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
    begin = post(body, CLOSE, "Expect: 100-continue").partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    refused(sent(server, begin, body), 413, "more than")
    refused(sent(server, chunked, b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)), 413, "more than")


def asked(server: ModelServer, line: str) -> bytes:
    """The answer to a request without a body."""
    return sent(server, f"{line} HTTP/1.1\r\nHost: x\r\n{CLOSE}\r\n\r\n".encode())


@row("any", "an unknown path; `/favicon.ico`", "404 that says what there is; 204")
def no_path(server: ModelServer) -> None:
    refused(asked(server, "GET /v2/x"), 404, "/v1/")
    assert status(asked(server, "GET /favicon.ico")) == 204


@row("any", "a wrong method", "405 with `Allow`")
def no_method(server: ModelServer) -> None:
    calls, models = b"OPTIONS, POST", b"GET, HEAD, OPTIONS"
    for line, allowed in [("GET /v1/responses", calls), ("PUT /v1/models", models)]:
        found = asked(server, line)
        refused(found, 405, line.split()[1])
        assert b"\r\nAllow: " + allowed + b"\r\n" in found


@row("any", "TLS, HTTP/2 without asking, headers without end", "400, and the end")
def no_http(server: ModelServer) -> None:
    hello = bytes.fromhex("160301007a010000760303")
    for text in (hello, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", post(BODY, "X: " + "x" * 20_000)):
        refused(sent(server, text), 400, "cannot be read")


PAGE = """<script type="module">
const options = {method: "POST", body: JSON.stringify(BODY),
              headers: {"Authorization": "Bearer any", "Content-Type": "application/json"}};
const found = await fetch("URL/chat/completions", options);
const read = found.body.pipeThrough(new TextDecoderStream()).getReader();
let text = "";
for (let part; !(part = await read.read()).done;) text += part.value;
const gone = await fetch("URL/../journal", {method: "DELETE"}).then(() => "taken", () => "kept");
document.body.textContent = JSON.stringify([found.status, text, gone]);
</script>"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


@row("browser (Chromium)", "`fetch` of a stream with a key, from any page; DELETE of the journal",
     "the events; the journal is kept")  # fmt: skip
def browser(server: ModelServer) -> None:
    words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000"]
    words += [
        "--disable-background-networking",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    command, page = [program(*BROWSERS), *words], json.dumps(chat(stream=True))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "page.html").write_text(PAGE.replace("BODY", page).replace("URL", server.url))
        handler = partial(_Quiet, directory=folder)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
            threading.Thread(target=site.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{site.server_port}/page.html"
            command += [f"--user-data-dir={folder}/profile", "--dump-dom", url]
            done = subprocess.run(command, capture_output=True, timeout=120, text=True)
            site.shutdown()
    assert '[200,"data: {' in done.stdout and "[DONE]" in done.stdout, done
    assert '"kept"]' in done.stdout
