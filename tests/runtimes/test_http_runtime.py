"""The floor over HTTP, and the measures of it: same replies, one connection, nothing retried."""

import asyncio
import contextlib
import dataclasses

import pytest

from harness.instruments.arrivals import drivers
from harness.measures import over_http, servers
from harness.runtimes import load
from harness.runtimes.base import RunFailed
from harness.runtimes.floor.bare_client import HttpFailure
from harness.workload.model import RemoteModel
from harness.workload.script import Script, prompt_of

SCRIPT = Script(tool_rounds=2, chunks=3, fail_at=frozenset({(7, 0)}))


@pytest.fixture(scope="module")
def model():
    with servers.served(SCRIPT) as served:
        yield served


async def pieces(agent, request):
    return [piece async for piece in agent.astream(prompt_of(request))]


@pytest.mark.parametrize("entry", drivers.ENTRIES)
@pytest.mark.parametrize("drive", [drivers.one_by_one, drivers.concurrent])
def test_every_request_is_made_once_and_its_reply_checked(model, drive, entry):
    before = model.requests
    batch = drive(load("floor").agent(model), model.script, entry, range(10, 30)).ensure_ok()
    assert len(batch.latencies) == 20
    assert model.requests - before == 20 * SCRIPT.calls_per_run


def test_streams_come_in_the_pieces_of_the_script(model):
    agent = load("floor").agent(model)

    async def both():
        return await asyncio.gather(pieces(agent, 1), pieces(agent, 2))

    assert asyncio.run(both()) == [list(SCRIPT.pieces(1)), list(SCRIPT.pieces(2))]


def test_a_refused_request_raises_is_not_made_again_and_spoils_no_other(model):
    agent = load("floor").agent(model)
    before = model.requests
    with pytest.raises(HttpFailure):
        agent.run(prompt_of(7))
    with pytest.raises(HttpFailure):
        asyncio.run(agent.arun(prompt_of(7)))
    with pytest.raises(HttpFailure):
        asyncio.run(pieces(agent, 7))
    assert model.requests - before == 3
    assert agent.run(prompt_of(8)) == SCRIPT.reply(8)
    assert asyncio.run(agent.arun(prompt_of(8))) == SCRIPT.reply(8)


def test_a_server_that_closes_within_its_answer_is_a_failure():
    async def cut(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{")
        writer.close()

    async def ask():
        async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            agent = load("floor").agent(RemoteModel(Script(), f"http://127.0.0.1:{port}/v1"))
            await agent.arun(prompt_of(1))

    with pytest.raises(HttpFailure, match="within its answer"):
        asyncio.run(ask())


def test_a_runtime_that_only_asks_in_process_has_no_client():
    model = RemoteModel(Script(), "http://127.0.0.1:9/v1")
    for call in (model.complete, lambda prompt: asyncio.run(model.acomplete(prompt))):
        with pytest.raises(NotImplementedError, match="no client of its own"):
            call(prompt_of(1))
    with pytest.raises(NotImplementedError, match="counts no requests"):
        model.requests  # noqa: B018


def test_measures_share_a_server_where_there_is_one(monkeypatch):
    started = []

    @contextlib.contextmanager
    def counted(script):
        started.append(script)
        with server(script) as running:
            yield running

    from harness.model_server import process

    server = process.ModelServer
    monkeypatch.setattr(process, "ModelServer", counted)
    floor = load("floor")
    with servers.shared(Script()):
        for entry in drivers.ENTRIES:
            figures = over_http.http_back_to_back(floor, entry, count=10)
            assert 0 < figures["added_p50"] <= figures["added_p95"]
            assert over_http.http_over_floor(floor, entry, pairs=2, runs=3)["ratio"] > 0
            assert over_http.http_calls(floor, entry)["calls"] > 10
    assert len(started) == 1


def test_a_run_that_asks_too_often_is_found():
    class Twice(type(load("floor"))):
        def agent(self, model):
            agent = super().agent(model)
            once = agent.run
            agent.run = lambda prompt: (once(prompt), once(prompt))[0]
            return agent

    with pytest.raises(RunFailed, match="made 24 model requests, not 12"):
        over_http.http_back_to_back(Twice(), "threads", count=7)


def test_a_server_that_cannot_start_is_not_implemented(monkeypatch):
    monkeypatch.setenv("HARNESS_PYTHON", "/nowhere/python")
    with pytest.raises(NotImplementedError, match="no model server on /nowhere/python"):
        over_http.http_back_to_back(load("floor"), "threads")
    with servers.shared(dataclasses.replace(SCRIPT, chunks=1)):
        pass  # whoever measures is told, as above
