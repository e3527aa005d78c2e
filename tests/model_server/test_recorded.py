"""Recorded latencies: files that hold them, and how they are replayed."""

import argparse
import json
from collections import Counter

import pytest
from fuzz import anything
from hypothesis import given
from hypothesis import strategies as st
from openai import OpenAI

from harness.model_server import cli, recorded
from harness.model_server.process import ModelServer
from harness.model_server.recorded import Call, Calls, Replay
from harness.workload.script import Script

LINES = '{"latency": 0.5, "ttft": 0.1, "tokens": 7, "status": 200}\n\n{"latency_ms": 250}\n'
RECORDED = [Call(0.5, 0.1, 7), Call(0.25, 0.25, None)]


def of(tmp_path, content):
    path = tmp_path / "calls"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return recorded.read(path)


@pytest.mark.parametrize(
    "content",
    [
        LINES,
        "\ufeff" + LINES.replace("\n", "\r\n"),
        json.dumps([json.loads(line) for line in LINES.split("\n") if line], indent=2),
        'latency,ttft,tokens,"status"\n0.5,0.1,7,200\n\n0.25,,,200\n9,1,1,429\n',
        "model, latency_ms, ttft_ms, completion_tokens\r\nm, 500, 100, 7\r\nm, 250, , \r\n",
        "latency,ttft,tokens,kind,warmup\n.5,.1,7,ok,0\n.25,,,ok,0\n1,,,timeout,0\n1,,,ok,1\n",
    ],
)
def test_csv_json_lines_and_a_json_array_say_the_same(tmp_path, content):
    calls = of(tmp_path, content)
    assert [calls[i] for i in range(len(calls))] == RECORDED


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "line 1: no column latency"),
        ("seconds,tokens\n1,2\n", "line 1: no column latency"),
        ("latency\n1\n-1\n", "line 3: latency is a number"),
        ("latency\n1\nnan\n", "line 3: latency is a number"),
        ("latency,tokens\n1,2\n\n1\n", "line 4: 1 fields, the header has 2"),
        ('latency\n1\n"2\n', "line 3: no CSV"),
        ("latency,status\n1,500\n", "no good call .1 left out"),
        ('{"latency": 1}\n{"latency": true}\n', "line 2: latency is a number"),
        ('{"latency": 1}\n{"latency": 1', "line 2: no JSON"),
        ('{"latency": 1}\n[1]\n', "line 2: a call is an object"),
        ('{"latency": 1, "ttft": 2}\n', "line 1: ttft 2 s is more than latency"),
        ('{"latency": 1, "latency_ms": 2}\n', "line 1: latency is given twice"),
        ('{"tokens": 1}\n', "line 1: no latency"),
        ('[\n{"latency": 1},\n{"latency": "x"}\n]', "line 3: latency is a number"),
        ('[\n{"latency": 1}\n{"latency": 1}\n]', "line 3: no JSON"),
        ("[]", "no good call"),
        ("[[" * 99999, "nested too deeply"),
        (b"\xff", "not text in UTF-8"),
    ],
)
def test_a_bad_file_is_refused_in_one_line_that_says_where(tmp_path, content, words):
    with pytest.raises(ValueError, match=words) as refusal:
        of(tmp_path, content)
    assert "\n" not in str(refusal.value)


rows = st.dictionaries(st.sampled_from(["latency", "ttft", "tokens", "status", "kind"]), anything)
contents = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: f"latency,ttft\n{text}".encode("utf-8", "replace")),
    st.text(max_size=99).map(lambda text: f'[{{"latency": 1}},{text}'.encode("utf-8", "replace")),
    st.lists(rows, max_size=4).map(lambda many: json.dumps(many).encode()),
    st.lists(rows, max_size=4).map(lambda many: "\n".join(map(json.dumps, many)).encode()),
)


@given(contents)
def test_any_bytes_are_calls_or_one_line(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any-bytes"
    path.write_bytes(content)
    try:
        calls = recorded.read(path)
    except ValueError as refusal:
        assert str(refusal).isprintable() and len(str(refusal)) < 300
    else:
        assert all(
            0 <= call.first <= call.latency for call in map(calls.__getitem__, range(len(calls)))
        )


latencies = st.lists(st.floats(0, 9), min_size=1, max_size=30)


def made(values):
    calls = Calls()
    for value in values:
        calls.latency.append(value)
        calls.first.append(value / 2)
        calls.tokens.append(-1)
    return calls


@given(latencies, st.integers(0, 3), st.integers(0, 9))
def test_each_so_many_replayed_calls_are_all_that_were_recorded(values, seed, cycles):
    one, other = (Replay(made(values), seed) for _ in range(2))
    for _ in range(cycles):
        cycle = [one.next() for _ in values]
        assert Counter(call.latency for call in cycle) == Counter(values)
        assert cycle == [other.next() for _ in values]
    one.restart()
    other.restart()
    assert [one.next() for _ in values] == [other.next() for _ in values]


def test_another_seed_is_another_order():
    replays = [Replay(made(range(20)), seed) for seed in range(5)]
    orders = {tuple(each.next().latency for _ in range(20)) for each in replays}
    assert len(orders) == 5


@given(st.floats(0, 9), st.floats(0, 1), st.integers(1, 9))
def test_pieces_come_evenly_from_the_first_token_to_the_end(latency, share, pieces):
    moments = Call(latency, latency * share, None).moments(pieces)
    assert len(moments) == pieces + 1
    assert moments[0] == latency * share and moments[-1] == latency
    assert moments == pytest.approx(sorted(moments))


def test_a_server_replays_whole_and_streamed_replies_by_its_journal():
    calls = Calls()
    for number in range(8):
        calls.latency.append(number / 1000)
        calls.first.append(number / 2000)
        calls.tokens.append(100 + number)
    ask = {"model": "m", "messages": [{"role": "user", "content": "request 7"}]}
    with ModelServer(Script(chunks=3), recorded=calls) as server:
        client = OpenAI(base_url=server.url, api_key="any", max_retries=0)
        create = client.chat.completions.create
        whole = [create(**ask).usage.completion_tokens for _ in range(8)]
        usage = {"stream_options": {"include_usage": True}}
        streamed = [list(create(**ask, stream=True, **usage)) for _ in range(8)]
        entries = server.journal()["entries"]
    assert sorted(whole) == sorted(calls.tokens)
    assert sorted(s[-1].usage.completion_tokens for s in streamed) == sorted(calls.tokens)
    texts = {"".join(c.choices[0].delta.content or "" for c in s if c.choices) for s in streamed}
    assert texts == {Script(chunks=3).reply(7)}
    for part in (entries[:8], entries[8:]):
        due = sorted(entry["due_last"] - entry["arrived"] for entry in part)
        assert due == pytest.approx(list(calls.latency), abs=1e-6)
    first = sorted(entry["due_first"] - entry["arrived"] for entry in entries[8:])
    assert first == pytest.approx(list(calls.first), abs=1e-6)
    assert all(entry["sent_first"] >= entry["due_first"] for entry in entries)


def test_the_verb_says_how_many_and_refuses_two_latencies(tmp_path, capsys):
    path = tmp_path / "calls.csv"
    path.write_text("latency,status\n1,200\n2,500\n")
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    words = ["--latency-from", str(path), "--latency-seed", "3"]
    wanted = cli.settings(parser.parse_args(words))
    assert (len(wanted.recorded), wanted.seed) == (1, 3)
    assert capsys.readouterr().err == "1 recorded calls, 1 left out\n"
    for option in ("--latency", "--gap"):
        with pytest.raises(ValueError, match="leave out"):
            cli.settings(parser.parse_args([*words, option, "1s"]))
