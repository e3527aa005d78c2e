"""The model server as its clients see it: real OpenAI clients, over a real socket."""

import asyncio
import json
import urllib.error
import urllib.request
from time import monotonic

import openai
import pytest
from model_server_clients import asking, chat, entries, message

from harness.model_server.process import ModelServer
from harness.workload.script import TOOL_NAME, Constant, Script, prompt_of, tool_result

GAP, LATENCY = 0.02, 0.03
SCRIPT = Script(latency=Constant(LATENCY), chunks=3, gap=GAP)
ROUNDS = Script(tool_rounds=2, chunks=3, calls=2)
CHAT_TOOL = {"type": "function", "function": {"name": TOOL_NAME, "parameters": {}}}
RESPONSES_TOOL = {"type": "function", "name": TOOL_NAME, "parameters": {}, "strict": False}


@pytest.fixture(scope="module")
def plain():
    with ModelServer(SCRIPT) as server:
        yield server


@pytest.fixture(scope="module")
def rounds():
    with ModelServer(ROUNDS) as server:
        yield server


@pytest.fixture(autouse=True)
def _fresh(request):
    # A fixture that many tests share begins each of them as if it were new.
    for name in {"plain", "rounds"} & set(request.fixturenames):
        request.getfixturevalue(name).clear()


def test_a_chat_completion(plain):
    answer = asking(plain, lambda client: chat(client, 7))
    assert answer.choices[0].message.content == SCRIPT.reply(7)
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.model, answer.object, answer.id) == ("some", "chat.completion", "chatcmpl-7-0")
    usage = answer.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (2, 3, 5)


@pytest.mark.parametrize("wanted", [True, False])
def test_a_streamed_chat_completion(plain, wanted):
    async def use(client):
        stream = await chat(client, 7, stream=True, stream_options={"include_usage": wanted})
        return [chunk async for chunk in stream]

    chunks = asking(plain, use)
    deltas = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert [text for text in deltas if text] == list(SCRIPT.pieces(7))
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert [chunk.usage.total_tokens for chunk in chunks if chunk.usage] == [5] * wanted


def test_a_response(plain):
    answer = asking(plain, lambda c: c.responses.create(model="some", input=prompt_of(7)))
    assert answer.output_text == SCRIPT.reply(7)
    assert (answer.model, answer.status, answer.id) == ("some", "completed", "resp_7_0")
    assert answer.usage.total_tokens == 5


def test_a_streamed_response(plain):
    async def use(client):
        async with client.responses.stream(model="some", input=message(7)) as stream:
            return [event async for event in stream], await stream.get_final_response()

    events, final = asking(plain, use)
    texts = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert texts == list(SCRIPT.pieces(7))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert final.output_text == SCRIPT.reply(7)
    assert final.usage.total_tokens == 5


@pytest.mark.parametrize("streamed", [False, True])
def test_a_chat_with_tool_rounds(rounds, streamed):
    async def ask(client, messages):
        options = {"model": "some", "messages": messages, "tools": [CHAT_TOOL]}
        if not streamed:
            return await client.chat.completions.create(**options)
        async with client.chat.completions.stream(**options) as stream:
            return await stream.get_final_completion()

    async def use(client):
        messages, keys = message(5), []
        while True:
            choice = (await ask(client, messages)).choices[0]
            if choice.finish_reason == "stop":
                return keys, choice.message.content
            calls = choice.message.tool_calls
            assert {call.function.name for call in calls} == {TOOL_NAME}
            assert len({call.id for call in calls}) == len(calls) == ROUNDS.calls
            told = [call.model_dump(include={"id", "type"}) for call in calls]
            messages.append({"role": "assistant", "tool_calls": told})
            for call in calls:
                keys.append(json.loads(call.function.arguments)["key"])
                result = {"tool_call_id": call.id, "content": tool_result(keys[-1])}
                messages.append({"role": "tool"} | result)

    assert asking(rounds, use) == ([0, 1, 2, 3], ROUNDS.reply(5))


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("stored", [False, True])
def test_responses_with_tool_rounds(rounds, streamed, stored):
    async def ask(client, **options):
        options |= {"model": "some", "tools": [RESPONSES_TOOL]}
        if not streamed:
            return await client.responses.create(**options)
        async with client.responses.stream(**options) as stream:
            return await stream.get_final_response()

    async def use(client):
        conversation, keys, more = message(5), [], {}
        while True:
            answer = await ask(client, input=conversation, **more)
            if answer.output_text:
                return keys, answer.output_text
            assert len({call.id for call in answer.output}) == ROUNDS.calls
            keys += [json.loads(call.arguments)["key"] for call in answer.output]
            output = {"type": "function_call_output", "output": "value"}
            results = [output | {"call_id": call.call_id} for call in answer.output]
            if stored:  # only what is new is sent, as the SDKs can
                conversation, more = results, {"previous_response_id": answer.id}
            else:
                conversation += [*(call.model_dump() for call in answer.output), *results]

    assert asking(rounds, use) == ([0, 1, 2, 3], ROUNDS.reply(5))


def test_a_second_question_in_a_conversation_begins_a_new_run(rounds):
    async def use(client):
        tool = {"role": "tool", "tool_call_id": "x", "content": "value"}
        history = [*message(5), tool, tool, *message(6), *[tool] * 4]
        return await client.chat.completions.create(
            model="some", messages=history, tools=[CHAT_TOOL]
        )

    assert asking(rounds, use).choices[0].message.content == ROUNDS.reply(6)


def test_a_round_without_all_its_results_is_refused(rounds):
    async def use(client):
        tool = {"role": "tool", "tool_call_id": "x", "content": "value"}
        await client.chat.completions.create(model="some", messages=[*message(5), tool])

    with pytest.raises(openai.BadRequestError, match="1 tool results"):
        asking(rounds, use)


def test_an_earlier_conversation_that_is_not_the_scripts_is_refused():
    async def use(client):
        for said in (script.exchanges[0][0], "something else"):
            earlier = [{"role": "user", "content": said}, {"role": "assistant", "content": "so"}]
            await client.chat.completions.create(model="some", messages=[*earlier, *message(5)])

    script = Script(history=1)
    with (
        ModelServer(script) as server,
        pytest.raises(openai.BadRequestError, match=r"earlier conversation: \('something else'"),
    ):
        asking(server, use)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/chat/completions", b"{"),
        ("/chat/completions", b"[]"),
        ("/chat/completions", b'{"messages": []}'),
        ("/chat/completions", b'{"model": "some", "messages": {}}'),
        (
            "/chat/completions",
            b'{"model": "some", "messages": [{"role": "user", "content": "hi"}]}',
        ),
        ("/chat/completions", b'{"model": "some", "messages": [{"role": "user", "content": 5}]}'),
        ("/responses", b'{"model": "some"}'),
        ("/responses", b'{"model": "some", "input": "hi"}'),
        ("/responses", b'{"model": "some", "input": [], "previous_response_id": "other"}'),
    ],
)
def test_what_the_script_does_not_know_is_a_bad_request(plain, path, body):
    request = urllib.request.Request(plain.url + path, data=body)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=30)
    assert refusal.value.code == 400
    assert json.loads(refusal.value.read())["error"]["type"] == "invalid_request_error"
    assert plain.journal()["totals"] == {"bad_request": 1}


def test_a_tool_that_is_not_offered_is_not_called(rounds):
    with pytest.raises(openai.BadRequestError, match=TOOL_NAME):
        asking(rounds, lambda client: chat(client, 1))


def test_a_long_conversation_is_no_problem(plain):
    async def use(client):
        messages = [{"role": "system", "content": "x" * 3_000_000}, *message(1)]
        return await client.chat.completions.create(model="some", messages=messages)

    assert asking(plain, use).choices[0].message.content == SCRIPT.reply(1)


def test_models_and_health(plain):
    models = asking(plain, lambda client: client.models.list())
    assert [model.id for model in models.data] == ["scripted"]
    health = plain.url.removesuffix("/v1") + "/health"
    assert json.load(urllib.request.urlopen(health, timeout=30)) == {"status": "ok"}
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(plain.url + "/nowhere", timeout=30)
    assert plain.journal()["requests"] == 0


def test_nothing_is_sent_before_it_is_due_and_the_journal_agrees_with_the_client(plain):
    async def use(client):
        spans = []

        async def one(request):
            begin = monotonic()
            async for _ in await chat(client, request, stream=True):
                pass
            spans.append((begin, monotonic(), request))

        await asyncio.gather(*(one(request) for request in range(20)))
        return spans

    spans = {request: span for *span, request in asking(plain, use)}
    found = {entry["request"]: entry for entry in entries(plain)}
    assert sorted(found) == sorted(spans)
    for request, entry in found.items():
        assert entry["due_first"] == entry["arrived"] + LATENCY
        assert entry["due_last"] == entry["arrived"] + (LATENCY + 2 * GAP)
        assert entry["sent_first"] >= entry["due_first"]
        assert entry["sent_last"] >= entry["due_last"]
        begin, end = spans[request]
        assert begin <= entry["arrived"] <= entry["sent_first"] <= entry["sent_last"] <= end
