"""A model server that fails, is full or pauses, as its clients see it."""

import asyncio
import json
from itertools import pairwise

import openai
import pytest
from model_server_clients import asking, chat, entries, settled

from harness.model_server.faults import Faults
from harness.model_server.process import ModelServer
from harness.workload.script import Constant, Script, prompt_of

# For faults that the client itself sees after a moment; never waited for otherwise.
STALL = 20.0


@pytest.fixture(autouse=True)
def _fresh(request):
    # A fixture that many tests share begins each of them as if it were new.
    if "broken" in request.fixturenames:
        request.getfixturevalue("broken").clear()


FAULTS = {
    "rate_limit": {1}, "server_error": {2}, "malformed": {3}, "drop": {4}, "cut": {5}, "stall": {6},
}  # fmt: skip


@pytest.fixture(scope="module")
def broken():
    faults = Faults(FAULTS, retry_after=0.01, stall_for=STALL)
    with ModelServer(Script(chunks=4, fail_at=frozenset({(7, 0)})), faults) as server:
        yield server


SEEN = [
    (1, "rate_limit", openai.RateLimitError),
    (2, "server_error", openai.InternalServerError),
    (3, "malformed", (json.JSONDecodeError, openai.APIError)),
    (4, "drop", openai.APIConnectionError),
    (5, "cut", Exception),  # within a stream the client lets its HTTP library's error through
    (6, "stall", Exception),
    (7, "script_failure", openai.InternalServerError),
]


@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("request_number", "kind", "error"), SEEN)
def test_a_fault_is_seen_once_and_a_retry_succeeds(
    broken, api, streamed, request_number, kind, error
):
    async def use(client):
        text = ""
        if api == "chat":
            answer = await chat(client, request_number, stream=streamed)
            if not streamed:
                return answer.choices[0].message.content
            async for chunk in answer:
                text += (chunk.choices[0].delta.content if chunk.choices else None) or ""
            return text
        asked = prompt_of(request_number)
        answer = await client.responses.create(model="some", input=asked, stream=streamed)
        if not streamed:
            return answer.output_text
        async for event in answer:
            text += event.delta if event.type == "response.output_text.delta" else ""
        return text

    with pytest.raises(error):
        asking(broken, use, timeout=openai.Timeout(60, read=0.5 if kind == "stall" else 60))
    if kind != "script_failure":
        assert asking(broken, use) == Script(chunks=4).reply(request_number)
        assert settled(broken)["totals"] == {kind: 1, "ok": 1}
        assert [entry["attempt"] for entry in entries(broken)] == [1, 2]


def test_the_client_retries_as_429_tells_it(broken):
    answer = asking(broken, lambda client: chat(client, 1), max_retries=1)
    assert answer.choices[0].message.content == Script(chunks=4).reply(1)

    async def use(client):
        with pytest.raises(openai.RateLimitError) as limited:
            await chat(client, 1)
        told = limited.value.response.headers
        return told["retry-after"], told["retry-after-ms"]  # whole seconds, as HTTP has them

    assert asking(broken, use) == ("1", "10")


def test_a_client_that_leaves_is_told_from_a_fault():
    with ModelServer(Script(latency=Constant(30))) as server:
        with pytest.raises(openai.APITimeoutError):
            asking(server, lambda client: chat(client, 1), timeout=openai.Timeout(60, read=1.0))
        assert settled(server)["totals"] == {"client_left": 1}


def test_totals_add_up_under_every_fault_at_once():
    shares = dict.fromkeys(["rate_limit", "server_error", "malformed", "drop", "cut"], 0.1)
    faults = Faults(shares, seed=3)
    kinds = [faults.kind(request) or "ok" for request in range(100)]

    async def use(client):
        async def one(request):
            try:
                return (await chat(client, request)).choices[0].message.content
            except (openai.APIError, json.JSONDecodeError):
                return None

        return await asyncio.gather(*(one(request) for request in range(100)))

    with ModelServer(Script(), faults) as server:
        answers = asking(server, use)
        journal = settled(server)
    assert [bool(answer) for answer in answers] == [kind == "ok" for kind in kinds]
    assert journal["totals"] == {kind: kinds.count(kind) for kind in kinds}
    assert (journal["requests"], journal["unfinished"]) == (100, 0)


def together(server, count):
    """What `count` chat completions at once came to: texts or exceptions."""

    async def use(client):
        calls = (chat(client, request) for request in range(count))
        return await asyncio.gather(*calls, return_exceptions=True)

    return asking(server, use)


def test_one_slot_serves_one_after_the_other_without_losing_time():
    with ModelServer(Script(latency=Constant(0.05)), slots=1) as server:
        together(server, 6)
        due = sorted(entry["due_first"] for entry in entries(server))
    # Connections may come later than an answer takes; those that queue lose nothing.
    assert all(after - before >= 0.05 - 1e-9 for before, after in pairwise(due))


def test_a_server_without_a_free_slot_can_reject():
    with ModelServer(Script(latency=Constant(1.0)), slots=2, reject=True) as server:
        answers = together(server, 6)
        totals = server.journal()["totals"]
    rejected = [a for a in answers if isinstance(a, openai.RateLimitError)]
    assert totals == {"ok": 6 - len(rejected), "rejected": len(rejected)}
    assert 1 <= len(rejected) <= 4


def test_a_pause_holds_all_that_falls_into_it():
    with ModelServer(Script(), pauses=((0.0, 0.6),)) as server:
        together(server, 10)
        found = entries(server)
    # Whichever is read first begins the pause; one that came before it is not in it.
    (end,) = {entry["due_first"] for entry in found if entry["due_first"] > entry["arrived"]}
    for entry in found:
        assert entry["due_first"] in (entry["arrived"], end)
        assert entry["arrived"] > end - 0.6 - 1e-6 or entry["due_first"] == entry["arrived"]
        assert entry["sent_first"] >= entry["due_first"]
