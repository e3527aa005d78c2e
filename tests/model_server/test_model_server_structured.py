"""Structured output of the model server: an instance of the schema that was asked for."""

from __future__ import annotations

import json
from typing import Literal

import jsonschema
import openai
import pydantic
import pytest
from scripted_server import CHAT, SCRIPT

from harness.model_server.schema import instance


def asking(server, use):
    """What `use(client)` returns, of a real client."""
    client = openai.OpenAI(base_url=server.url, api_key="any", max_retries=0)
    with client:
        return use(client)


class Part(pydantic.BaseModel):
    name: str
    next: Part | None


class Answer(pydantic.BaseModel):
    number: int
    text: str
    share: float = pydantic.Field(ge=0, le=1)
    kind: Literal["good", "bad"]
    part: Part
    parts: list[Part]
    maybe: str | None
    sure: bool


EXPECTED = Answer(
    number=7,
    text=SCRIPT.reply(7),
    share=1,
    kind="good",
    part=Part(name=SCRIPT.reply(7), next=None),
    parts=[],
    maybe=SCRIPT.reply(7),
    sure=True,
)


def test_structured_output_is_an_instance_of_the_schema(server):
    def use(client):
        chat = client.chat.completions.parse(**CHAT, response_format=Answer)
        responses = client.responses.parse(model="m", input="request 7", text_format=Answer)
        return chat.choices[0].message.parsed, responses.output_parsed

    assert asking(server, use) == (EXPECTED, EXPECTED)


def test_structured_output_is_streamed_in_as_many_pieces(server):
    def use(client):
        with client.chat.completions.stream(**CHAT, response_format=Answer) as stream:
            events = list(stream)
            return events, stream.get_final_completion()

    events, final = asking(server, use)
    deltas = [event.delta for event in events if event.type == "content.delta" and event.delta]
    assert len(deltas) == SCRIPT.chunks
    assert final.choices[0].message.parsed == EXPECTED


def test_json_without_a_schema_holds_the_reply(server):
    def use(client):
        return client.chat.completions.create(**CHAT, response_format={"type": "json_object"})

    assert json.loads(asking(server, use).choices[0].message.content) == {"reply": SCRIPT.reply(7)}


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"const": 3},
        {"enum": [None, 1]},
        {"type": ["integer", "null"], "exclusiveMaximum": 3},
        {"type": "integer", "minimum": 9},
        {"type": "number", "maximum": 0.5},
        {"type": "array", "items": {"type": "boolean"}, "minItems": 2},
        {"oneOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        {"properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"type": "integer"}}},
    ],
)
def test_an_instance_is_valid_or_refused(wanted):
    try:
        made = instance(wanted, "reply", 7)
    except ValueError as error:
        assert "exclusiveMaximum" in str(error)
    else:
        jsonschema.validate(made, wanted)
