"""Whatever a client sends: an answer, or a 4xx that says what is wrong; never a 500 or a trace."""

from __future__ import annotations

import contextlib
import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import fuzz
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_model_server_requests import connect, head

from harness.model_server.process import ModelServer
from harness.workload.script import TOOL_NAME, Script

SCHEMA = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "n": {"type": ["integer", "null"], "minimum": 1, "maximum": 9},
        "list": {"type": "array", "items": {"$ref": "#/$defs/x"}, "minItems": 2},
        "any": {"anyOf": [{"const": 1}, {"enum": ["a"]}]},
    },
    "required": ["text", "n", "list"],
    "$defs": {"x": {"type": "object", "properties": {"y": {"$ref": "#/$defs/z"}}}, "z": {}},
}
PARTS = [{"type": "text", "text": "request 3"}]
TOOLS = [{"type": "function", "function": {"name": TOOL_NAME}, "name": TOOL_NAME}]
CHAT = {
    "model": "m",
    "messages": [{"role": "system", "content": "x"}, {"role": "user", "content": PARTS}],
    "tools": TOOLS,
    "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": TOOLS}},
    "parallel_tool_calls": True,
    "stop": ["ly 3", "x"],
    "max_tokens": 2,
    "stream": True,
    "stream_options": {"include_usage": True},
    "response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}},
    "n": 1,
}
RESPONSES = {
    "model": "m",
    "input": [{"role": "user", "content": PARTS}],
    "previous_response_id": "resp_3_0",
    "tools": TOOLS,
    "tool_choice": {"type": "function", "name": TOOL_NAME},
    "max_output_tokens": 20,
    "text": {"format": {"type": "json_schema", "schema": SCHEMA}},
}
LINES = (b"GET /", b"GET /health", b" HTTP/1.1\r\nHost: x\r\n", b"\r\n", b"Expect: x\r\n")
LINES += (b"Connection: close\r\n", b"Transfer-Encoding: chunked\r\n")
BODIES = {"/chat/completions": CHAT, "/responses": RESPONSES}


@pytest.fixture(scope="module", params=[0, 1])
def server(request):
    with ModelServer(Script(chunks=3, tool_rounds=request.param, calls=2)) as made:
        yield made


@pytest.fixture(scope="module")
def client(server):
    connection = HTTPConnection("127.0.0.1", urlsplit(server.url).port, timeout=60)
    yield connection
    connection.close()


@pytest.mark.parametrize("path", BODIES)
@given(data=st.data())
def test_bodies(server, client, path: str, data: st.DataObject) -> None:
    body = data.draw(fuzz.files(BODIES[path]))
    client.request("POST", f"/v1{path}", body)
    answer = client.getresponse()
    told = answer.read()
    assert answer.status in (200, 400), told
    if answer.status == 400:
        error: dict[str, Any] = json.loads(told)["error"]
        assert error["message"].strip() and len(error["message"]) < 500


@given(data=st.data())
def test_bytes(server, client, data: st.DataObject) -> None:
    body = json.dumps(CHAT).encode()
    good = head("/chat/completions", body) + body
    pieces = st.sampled_from([good, good[:200], *LINES])
    sent = b"".join(data.draw(st.lists(pieces | st.binary(max_size=30), max_size=6)))
    with connect(server) as fuzzed:
        fuzzed.sendall(sent)
        # By the time that two more requests are answered, so was that one.
        client.request("GET", "/journal")
        totals = json.loads(client.getresponse().read())["totals"]
        client.request("DELETE", "/journal")
        client.getresponse().read()
        fuzzed.setblocking(False)
        with contextlib.suppress(BlockingIOError):  # it waits for more
            answer = fuzzed.recv(1 << 16)
            assert answer.startswith(b"HTTP/"), "closed without an answer"
    assert "server_failure" not in totals
    assert "Traceback" not in server._output.read_text("utf-8", "replace")
