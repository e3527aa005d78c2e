"""What clients ask of the model server: old HTTP, structured output, wrapped prompts, too much."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from scripted_server import CHAT, PATHS, SCRIPT

from harness.model_server.process import ModelServer
from harness.model_server.server import Server
from harness.model_server.settings import Settings
from harness.model_server.wire import task_of
from harness.workload.script import TOOL_NAME, Script, WrongPrompt


def connect(server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(server.url).port), 60)


def head(path: str, body: bytes, version: str = "1.1", *more: str) -> bytes:
    lines = [f"POST /v1{path} HTTP/{version}", "Host: x", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize("more", [(), ("Connection: keep-alive",)])
@pytest.mark.parametrize("path", PATHS)
def test_a_stream_of_http_1_0_ends_with_the_connection(server, path, more):
    body = json.dumps(PATHS[path] | {"stream": True}).encode()
    with connect(server) as client, client.makefile("rb") as answer:
        client.sendall(head(path, body, "1.0", *more) + body)
        begin, _, events = answer.read().partition(b"\r\n\r\n")  # to the end of the connection
    assert b" 200 " in begin.splitlines()[0]
    assert b"chunked" not in begin.lower()
    assert events.startswith((b"data: {", b"event: ")) and events.endswith(b"\n\n")
    assert server.journal()["totals"] == {"ok": 1}


def test_a_client_that_waits_to_be_let_go_on_is(server):
    body = json.dumps(CHAT).encode()
    with connect(server) as client, client.makefile("rb") as answer:
        client.sendall(head("/chat/completions", body, "1.1", "Expect: 100-continue"))
        assert answer.readline() == b"HTTP/1.1 100 Continue\r\n"  # and only then the body
        assert answer.readline() == b"\r\n"
        client.sendall(body)
        assert answer.readline() == b"HTTP/1.1 200 OK\r\n"


def post(url: str, body: object) -> tuple[int, Any]:
    request = urllib.request.Request(url, json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def schema(text: dict[str, object]) -> dict[str, object]:
    return {"type": "json_schema", "json_schema": {"name": "x", "schema": text}}


@pytest.mark.parametrize(
    ("path", "options", "named"),
    [
        ("/chat/completions", {"n": 2}, "n: 2"),
        ("/chat/completions", {"logprobs": True}, "logprobs"),
        ("/chat/completions", {"modalities": ["text", "audio"]}, "modalities"),
        ("/chat/completions", {"tool_choice": "required"}, "tool_choice"),
        ("/chat/completions", {"response_format": {"type": "grammar"}}, "grammar"),
        ("/chat/completions", {"response_format": schema({"type": "string", "pattern": "x"})},
         "'pattern'"),
        ("/chat/completions", {"response_format": schema({"type": 5})}, "JSON schema"),
        ("/chat/completions", {"response_format": schema({"$ref": "#"})}, "has no end"),
        ("/responses", {"background": True}, "background"),
        ("/responses", {"conversation": "conv_1"}, "conversation"),
        ("/responses", {"text": {"format": {"type": "grammar"}}}, "grammar"),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_a_bad_request_that_names_it(server, path, options, named):
    status, answer = post(server.url + path, PATHS[path] | options)
    assert status == 400
    assert named in answer["error"]["message"]
    assert server.journal()["totals"] == {"bad_request": 1}


@pytest.mark.parametrize(
    "options",
    [
        {"n": 1, "logprobs": False, "modalities": ["text"], "functions": None},
        {"tool_choice": "auto", "response_format": {"type": "text"}, "temperature": 0.5},
    ],
)
def test_what_changes_nothing_is_no_reason_to_refuse(server, options):
    status, answer = post(server.url + "/chat/completions", CHAT | options)
    assert (status, answer["choices"][0]["message"]["content"]) == (200, SCRIPT.reply(7))


@pytest.mark.parametrize("nested", [b"[" * 100_000, b'{"a":' * 100_000])
def test_a_body_that_is_too_deep_is_a_bad_request(server, nested):
    request = urllib.request.Request(server.url + "/chat/completions", nested)
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request, timeout=60)
    assert server.journal()["totals"] == {"bad_request": 1}


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("request 7", "request 7"),
        ("request 7 after reply 3", "request 7 after reply 3"),  # a step of a workflow
        ("\nCurrent Task: request 7\n\nBegin! This is VERY important", "request 7"),
        ("<task>request 12</task> Answer request 12.", "request 12"),
    ],
)
def test_a_prompt_is_found_in_what_a_framework_puts_around_it(prompt, found):
    assert task_of(prompt) == found


@pytest.mark.parametrize("prompt", ["What is the weather?", "one request 7, other: request 8", ""])
def test_a_prompt_names_one_request(prompt):
    with pytest.raises(WrongPrompt, match="names one request"):
        task_of(prompt)


def test_a_wrapped_prompt_is_answered(server):
    wrapped = {"role": "user", "content": "Current Task: request 7\n\nBegin!"}
    _, answer = post(server.url + "/chat/completions", {"model": "m", "messages": [wrapped]})
    assert answer["choices"][0]["message"]["content"] == SCRIPT.reply(7)


def test_what_fails_inside_is_in_the_journal_as_failed(monkeypatch):
    async def use() -> tuple[int, Any]:
        made = Server(Settings())
        monkeypatch.setattr(made, "_plan", None)  # which cannot be called
        listening = await made.listen(0)
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1/chat/completions"
        async with listening, aiohttp.ClientSession() as session, session.post(url, json=CHAT) as a:
            return a.status, made.journal.document(0)

    status, journal = asyncio.run(use())
    assert status == 500
    assert journal["totals"] == {"server_failure": 1}
    assert journal["entries"][0]["status"] == 500


def test_a_tool_is_called_whatever_the_form_of_the_reply():
    tools = [{"type": "function", "function": {"name": TOOL_NAME, "parameters": {}}}]
    asked = CHAT | {"tools": tools, "response_format": schema({"type": "integer"})}
    with ModelServer(Script(tool_rounds=1)) as made:
        _, answer = post(made.url + "/chat/completions", asked | {"tool_choice": "required"})
        (call,) = answer["choices"][0]["message"]["tool_calls"]
        asked["messages"] = [*CHAT["messages"], {"role": "tool", "content": "value"}]
        _, answer = post(made.url + "/chat/completions", asked)
    assert call["function"]["name"] == TOOL_NAME
    assert answer["choices"][0]["message"]["content"] == "7"
