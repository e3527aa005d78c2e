"""The limits of a load on a real model: whatever is asked and however it ends, they hold."""

import json

import pytest
from fuzz import anything
from hypothesis import given
from hypothesis import strategies as st

from harness.model_server.budget import Budget, Limits, Reached
from harness.model_server.passing import Reply

FIELDS = ("max_tokens", "max_completion_tokens", "max_output_tokens")

bodies = st.dictionaries(
    st.sampled_from([*FIELDS, "messages", "model", "stream", "n", "prompt"]),
    st.one_of(st.integers(-5, 10**6), anything),
    max_size=5,
)
ends = st.sampled_from(["all", "some", "unknown", "in flight"])


@given(
    st.lists(st.tuples(st.sampled_from(["chat", "responses"]), bodies, ends), max_size=30),
    st.integers(1, 10),
    st.integers(1, 3000),
    st.integers(1, 500),
)
def test_no_sequence_of_calls_can_exceed_its_limits(calls, requests, tokens, reply):
    budget = Budget(Limits(requests, tokens, reply, "model"))
    passed = used = 0
    for api, body, end in calls:
        try:
            taken = budget.take(api, body)
        except (Reached, ValueError):
            continue
        fields = FIELDS[2:] if api == "responses" else FIELDS[:2]
        most = max(body[name] for name in fields if body.get(name) is not None)
        assert 1 <= most <= reply and body["model"] == "model"
        prompt = len(json.dumps({k: v for k, v in body.items() if k not in FIELDS})) // 4
        told = {"all": (prompt, most), "some": (prompt, most // 2)}.get(end)
        passed += 1
        used += sum(told or (prompt, most))
        if end != "in flight":
            budget.settle(taken, told)
        assert passed <= requests and used <= budget.used <= tokens


def test_what_a_reply_did_not_need_is_there_for_the_next_one():
    budget = Budget(Limits(100, 1000, 400, "m"))
    calls = 0
    with pytest.raises(Reached, match="tokens are left"):
        while True:
            budget.settle(budget.take("chat", {"messages": []}), (10, 90))
            calls += 1
    assert calls == 10 and budget.used == 1000  # 90 of them in the last 100


@pytest.mark.parametrize(
    "body", [{"n": 2}, {"previous_response_id": "r"}, {"conversation": "c"}, {"background": True}]
)
def test_what_cannot_be_limited_is_refused(body):
    budget = Budget(Limits(1, 10**6, 10, "m"))
    with pytest.raises(ValueError, match="not passed on"):
        budget.take("responses", body)
    assert budget.used == 0


@given(
    st.booleans(),
    st.lists(
        st.one_of(
            st.binary(max_size=50),
            anything.map(lambda document: f"data: {json.dumps(document)}\n\n".encode()),
        ),
        max_size=5,
    ),
)
def test_any_reply_passes(stream, parts):
    reply = Reply(stream)
    for part in parts:
        reply.add(part, 1.0)
    reply.end()
    assert reply.tokens is None or min(reply.tokens) >= 0
    assert stream or reply.first is None
