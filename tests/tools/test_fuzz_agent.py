"""Whatever is posted to a served agent: its reply, or a 400 that says what it takes."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import fuzz
import pytest
from hypothesis import given

from harness.tools.agent_server.serving import served


@pytest.fixture(scope="module")
def client():
    with served(runtime="floor") as server:
        connection = HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        yield connection
        connection.close()


@given(body=fuzz.files({"prompt": "request 7"}))
def test_bodies(client, body: bytes) -> None:
    client.request("POST", "/run", body)
    answer = client.getresponse()
    told = json.loads(answer.read())
    assert (answer.status, set(told)) in (
        (200, {"reply", "injected", "took"}),
        (400, {"error", "text"}),
    )
