"""The verb `record`: what it notes of the calls that it passes on, and what it does not."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from openai import APIStatusError, OpenAI

from harness.__main__ import main
from harness.common.local import ask
from harness.model_server import recorded
from harness.model_server.passing import Lines, Reply
from harness.model_server.process import ModelServer
from harness.model_server.record import endpoint
from harness.workload.script import PerRequest, Script

LATENCIES = tuple(number / 500 for number in range(8))
SAID = "what nobody else shall read"


@contextmanager
def recording(tmp_path, url, *words):
    """`record` as people start it; gives the base URL of the proxy."""
    command = [sys.executable, "-m", "harness", "record", "--to", "calls.jsonl", "--url", url]
    with subprocess.Popen(
        [*command, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process, process.stdout.readline().split()[0]
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)


def calls_of(url, key="any"):
    return OpenAI(base_url=url, api_key=key, max_retries=0).chat.completions.create


def asked(number):
    messages = [{"role": "system", "content": SAID}]
    messages.append({"role": "user", "content": f"request {number}"})
    return {"model": "m", "messages": messages}


@pytest.mark.parametrize("last", ["data: [DONE]", "event: response.completed"])
def test_a_stream_is_whole_with_its_last_event(last):
    reply = Reply(stream=True)
    reply.add(b"data: {}\n\ndata: [DO", 1.0)
    assert not reply.is_whole
    reply = Reply(stream=True)
    reply.add(f"data: {{}}\n\n{last}\n".encode(), 1.0)
    assert reply.is_whole


def test_what_was_recorded_is_what_was_injected_and_is_replayed_as_it_was(tmp_path):
    with ModelServer(Script(latency=PerRequest(LATENCIES), chunks=3)) as server:
        with recording(tmp_path, server.url, "--calls", "16") as (process, url):
            create = calls_of(url, "sk-planted")
            for number in range(8):
                whole = create(**asked(number)).choices[0].message.content
                usage = {"stream_options": {"include_usage": True}}
                streamed = "".join(
                    chunk.choices[0].delta.content or ""
                    for chunk in create(**asked(number), stream=True, **usage)
                    if chunk.choices
                )
                assert whole == streamed == Script(chunks=3).reply(number)
            with pytest.raises(APIStatusError) as refused:
                create(model="m", messages=[])
            assert refused.value.status_code == 400  # as the endpoint says it
            create(**asked(0))  # beyond --calls, and passed on all the same
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
            assert process.returncode == 0
        entries = server.journal()["entries"]
    assert "18 calls, 16 recorded, 17 ok, 1 http 400" in said
    text = (tmp_path / "calls.jsonl").read_text()
    assert SAID not in text and "sk-planted" not in text and "reply" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    for line, entry in zip(lines, entries, strict=False):
        # What the model took by its own journal, and the way there and back.
        assert entry["sent_last"] - entry["arrived"] <= line["latency"] + 1e-6
        assert line["latency"] >= LATENCIES[entry["request"]]
        assert (line["status"], line["prompt_tokens"], line["tokens"]) == (200, 2, 3)
        assert ("ttft" in line) == entry["stream"]
        assert line.get("ttft", 0) <= line["latency"]
    calls = recorded.read(tmp_path / "calls.jsonl")
    assert sorted(calls.latency) == sorted(line["latency"] for line in lines)
    with ModelServer(Script(), recorded=calls) as server:
        create = calls_of(server.url)
        tokens = [create(**asked(1)).usage.completion_tokens for _ in lines]
        due = sorted(e["due_last"] - e["arrived"] for e in server.journal()["entries"])
    assert tokens == [3] * 16
    assert due == pytest.approx(sorted(calls.latency), abs=1e-6)


def test_a_signal_leaves_whole_lines_and_the_next_recording_adds_to_them(tmp_path):
    path = tmp_path / "calls.jsonl"
    with ModelServer(Script()) as server:
        for run in (1, 2):
            with recording(tmp_path, server.url) as (process, url):
                calls_of(url)(**asked(1))
                process.send_signal(signal.SIGKILL if run == 1 else signal.SIGTERM)
                process.wait(60)
            assert len(recorded.read(path)) == run


def test_an_endpoint_that_does_not_answer_is_a_502_that_says_so(tmp_path):
    with recording(tmp_path, "http://127.0.0.1:9/v1") as (_, url):
        with pytest.raises(APIStatusError, match="does not answer") as refused:
            calls_of(url)(**asked(1))
        assert refused.value.status_code == 502
        assert ask(f"{url[:-3]}/journal")["totals"] == {"unreachable": 1}
    assert (tmp_path / "calls.jsonl").read_text() == ""


def test_the_first_token_is_the_first_text_and_not_the_first_event():
    reply = Reply(stream=True)
    events = [
        b'data: {"choices": [{"delta": {"role": "assistant", "content": ""}}]}\r\n\r\n',
        b": a comment\n\ndata: no JSON\n\nda",
        b'ta: {"choices": [{"delta": {"content": "a"}}], "usage": null}\n\n',
        b'data: {"choices": [{"delta": {"content": "b"}}]}\n\n',
        b'data: {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}\n\n',
        b"data: [DONE]\n\n",
    ]
    for moment, data in enumerate(events):
        reply.add(data, moment)
    reply.end()
    assert (reply.first, reply.tokens) == (2, (5, 2))


@pytest.mark.parametrize("content", ["latency\n1\n", '{"latency": 1}'])
def test_a_file_with_something_else_is_not_added_to(tmp_path, content):
    path = tmp_path / "calls.csv"
    path.write_text(content)
    with pytest.raises(ValueError, match="something else"):
        Lines(path)
    assert path.read_text() == content


def test_a_line_that_does_not_fit_is_not_there(tmp_path, monkeypatch):
    lines = Lines(tmp_path / "lines")
    lines.add({"latency": 1})
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:5]))
    with pytest.raises(ValueError, match="No space left"):
        lines.add({"latency": 2})
    monkeypatch.undo()
    assert (tmp_path / "lines").read_text() == '{"latency": 1}\n'


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost",
        "ftp://h/v1",
        "http://h:x",
        "https://sk-planted@h",
        "https://h?key=sk-planted",
    ],
)
def test_a_bad_address_is_one_line_that_does_not_show_a_key(url, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["record", "--to", "calls", "--url", url]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "sk-planted" not in said
    assert not list(tmp_path.iterdir())


def test_an_address_without_a_path_is_that_of_v1():
    assert endpoint("http://h:1/") == endpoint("http://h:1") == "http://h:1/v1"
    assert endpoint("https://h/other/v2/") == "https://h/other/v2"
