"""What the `openai` package asks."""

import asyncio
import json
from typing import Any

import openai
import pydantic
from client_rows import SCRIPT, TOOL, chat, row

from harness.model_server.process import ModelServer

REPLY = SCRIPT.reply(7)
RESPONSES_TOOL = {"type": "function", **TOOL["function"], "strict": False}  # type: ignore[dict-item]


class Answer(pydantic.BaseModel):
    text: str
    number: int


def client(server: ModelServer, **options: Any) -> openai.OpenAI:
    """A client as users make it, without retries unless they are asked for."""
    return openai.OpenAI(base_url=server.url, api_key="any", **{"max_retries": 0} | options)


def refusal(server: ModelServer, **body: Any) -> str:
    """What a chat completion is refused with."""
    try:
        client(server).chat.completions.create(**chat(**body))
    except openai.BadRequestError as error:
        return str(error.message)
    raise AssertionError("it was not refused")


@row("openai", "chat completion", "the reply, `stop`, usage")
def whole(server: ModelServer) -> None:
    found = client(server).chat.completions.create(**chat())
    assert found.choices[0].message.content == REPLY
    assert (found.choices[0].finish_reason, found.usage.total_tokens) == ("stop", 5)


@row("openai, async", "twenty chat completions at once", "each its own reply")
def asynchronous(server: ModelServer) -> None:
    async def all_at_once() -> list[str]:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="any") as made:
            calls = [made.chat.completions.create(**chat(number)) for number in range(20)]
            return [found.choices[0].message.content for found in await asyncio.gather(*calls)]

    assert asyncio.run(all_at_once()) == [SCRIPT.reply(number) for number in range(20)]


@row("openai", "`stream`, `stream_options` include_usage", "a chunk per piece, usage in the last")
def streamed(server: ModelServer) -> None:
    body = chat(stream=True, stream_options={"include_usage": True})
    *chunks, last = client(server).chat.completions.create(**body)
    texts = [chunk.choices[0].delta.content for chunk in chunks]
    assert [text for text in texts if text] == list(SCRIPT.pieces(7))
    assert not last.choices and last.usage.total_tokens == 5


@row("openai", "tools: two calls at once, their results; whole and `stream`",
     "the calls, then the reply", on="tools")  # fmt: skip
def tools(server: ModelServer) -> None:
    def ask(messages: list[Any], stream: bool) -> Any:
        options = {"model": "m", "messages": messages, "tools": [TOOL]}
        made = client(server).chat.completions
        if not stream:
            return made.create(**options).choices[0].message
        with made.stream(**options) as events:
            return events.get_final_completion().choices[0].message

    for stream in (False, True):
        messages = list(chat()["messages"])
        calls = ask(messages, stream).tool_calls
        assert [json.loads(call.function.arguments)["key"] for call in calls] == [0, 1]
        said = [call.model_dump(include={"id", "type"}) for call in calls]
        messages += [{"role": "assistant", "tool_calls": said}]
        messages += [{"role": "tool", "tool_call_id": each["id"], "content": "x"} for each in said]
        assert ask(messages, stream).content == REPLY


@row("openai", "structured output: `parse` of a Pydantic model", "an instance, on both APIs")
def structured(server: ModelServer) -> None:
    made, expected = client(server), Answer(text=REPLY, number=7)
    found = made.chat.completions.parse(**chat(), response_format=Answer)
    assert found.choices[0].message.parsed == expected
    answer = made.responses.parse(model="m", input="request 7", text_format=Answer)
    assert answer.output_parsed == expected


@row("openai", "`response_format` json_object", '`{"reply": ...}`')
def json_object(server: ModelServer) -> None:
    body = chat(response_format={"type": "json_object"})
    found = client(server).chat.completions.create(**body)
    assert json.loads(found.choices[0].message.content) == {"reply": REPLY}


@row("openai", "a response, whole and `stream`", "the reply; every event, numbered")
def responses(server: ModelServer) -> None:
    made = client(server).responses
    assert made.create(model="m", input="request 7").output_text == REPLY
    with made.stream(model="m", input="request 7") as stream:
        events = list(stream)
        assert stream.get_final_response().output_text == REPLY
    assert [event.sequence_number for event in events] == list(range(len(events)))


@row("openai", "responses with tools and `previous_response_id`", "the calls, then the reply",
     on="tools")  # fmt: skip
def stored(server: ModelServer) -> None:
    made, tools = client(server).responses, [RESPONSES_TOOL]
    called = made.create(model="m", input="request 7", tools=tools)
    results = [
        {"type": "function_call_output", "call_id": call.call_id, "output": "x"}
        for call in called.output
    ]
    options = {"model": "m", "tools": tools, "previous_response_id": called.id}
    assert made.create(input=results, **options).output_text == REPLY


@row("openai", "`max_retries`, after 429 and 500", "the reply, after the wait it was asked for",
     on="failing")  # fmt: skip
def retries(server: ModelServer) -> None:
    made = client(server, max_retries=1)
    for number in (1, 2):
        found = made.chat.completions.create(**chat(number))
        assert found.choices[0].message.content == SCRIPT.reply(number)
    kinds = [entry["kind"] for entry in server.journal()["entries"]]
    assert kinds == ["rate_limit", "ok", "server_error", "ok"]


@row("openai", "`max_tokens`, `max_completion_tokens`, `max_output_tokens`",
     "so many pieces; `length`, `incomplete`")  # fmt: skip
def limited(server: ModelServer) -> None:
    made = client(server)
    for name in ("max_tokens", "max_completion_tokens"):
        (choice,) = made.chat.completions.create(**chat(**{name: 2})).choices
        assert (choice.message.content, choice.finish_reason) == ("reply 7 1", "length")
    answer = made.responses.create(model="m", input="request 7", max_output_tokens=2)
    assert (answer.output_text, answer.status) == ("reply 7 1", "incomplete")
    (choice,) = made.chat.completions.create(**chat(max_tokens=3)).choices
    assert (choice.message.content, choice.finish_reason) == (REPLY, "stop")


@row("openai", "`stop`", "the reply up to it, whole and `stream`")
def stopped(server: ModelServer) -> None:
    made = client(server).chat.completions
    assert made.create(**chat(stop="7 1")).choices[0].message.content == "reply "
    chunks = made.create(**chat(stop=["x", " 2"], stream=True))
    assert "".join(each.choices[0].delta.content or "" for each in chunks) == "reply 7 1"


@row("openai", "`n` above 1, `logprobs`, audio", "400 that names it")
def refused_wishes(server: ModelServer) -> None:
    assert "n: 2" in refusal(server, n=2)
    assert "logprobs" in refusal(server, logprobs=True)
    assert "modalities" in refusal(server, modalities=["text", "audio"])


@row("openai", '`tool_choice`: "none", or another tool, where the script calls one', "400",
     on="tools")  # fmt: skip
def other_choice(server: ModelServer) -> None:
    other = {"type": "function", "function": {"name": "other"}}
    assert "tool_choice" in refusal(server, tools=[TOOL], tool_choice="none")
    assert "not offered" in refusal(server, tools=[TOOL], tool_choice=other)


@row("openai", '`tool_choice`: "required", where the script replies', "400")
def forced(server: ModelServer) -> None:
    assert "tool_choice" in refusal(server, tools=[TOOL], tool_choice="required")


@row("openai", "`parallel_tool_calls` false, where the script makes two calls at once", "400",
     on="tools")  # fmt: skip
def one_by_one(server: ModelServer) -> None:
    assert "parallel_tool_calls" in refusal(server, tools=[TOOL], parallel_tool_calls=False)


@row("openai", "`models.list`, `models.retrieve`", "`scripted`; any name")
def models(server: ModelServer) -> None:
    made = client(server).models
    assert [model.id for model in made.list()] == ["scripted"]
    assert made.retrieve("gpt-x").id == "gpt-x"


@row("openai", "embeddings", "404 that says what there is; not tried again")
def embeddings(server: ModelServer) -> None:
    try:
        client(server, max_retries=2).embeddings.create(model="m", input="x")
    except openai.NotFoundError as error:
        assert "/v1/chat/completions" in error.message
    else:
        raise AssertionError("there are no embeddings")
