"""A soak that was killed, or stopped by hand, goes on: nothing is lost, and nothing made twice."""

import json
import os
import signal
import subprocess
import sys

import fuzz
import pytest
import soaks
from hypothesis import given
from hypothesis import strategies as st
from places import ROOT, TESTS

from harness.__main__ import main
from harness.common.local import ask
from harness.instruments.arrivals import board
from harness.instruments.arrivals.board import Board
from harness.tools.agent_server.serving import served
from harness.tools.load.soak import making
from harness.tools.load.soak.folder import Folder, read
from harness.tools.load.soak.minutes import line, values

SOAK = ["--soak", "2.4s", "--soak-minute", "0.2s", "--rate", "100", "--call", "soaks:written"]


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Starts the soak, always the same one."""
    monkeypatch.setenv("SOAK_JOURNAL", str(tmp_path / "journal"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(TESTS)]))
    monkeypatch.chdir(tmp_path)
    running = []

    def start():
        words = [sys.executable, "-m", "harness", "load", *SOAK, "--json", "soak.json"]
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def after(process, minutes):
    """Wait for so many more minutes."""
    for _ in range(minutes):
        assert process.stderr.readline().startswith("minute ")


def test_killed_stopped_and_continued(command, tmp_path):
    killed = command()
    after(killed, 3)
    killed.kill()
    killed.wait()
    stopped = command()
    after(stopped, 3)
    stopped.send_signal(signal.SIGTERM)
    out, _ = stopped.communicate()
    assert stopped.returncode == 130 and "the same command continues it" in out
    out, _ = command().communicate()
    found = soaks.minutes(tmp_path / "soak")
    states = [each["state"] for each in found]
    assert (states.count("killed"), states.count("stopped"), states[-1]) == (1, 1, "whole")
    assert "the process was killed, continued after" in out and "stopped by hand" in out
    totals = json.loads((tmp_path / "soak.json").read_text())["figures"]["requests"]
    assert totals["sent"] == totals["ok"] + totals["errors"].get("unfinished", 0)
    assert totals["sent"] + totals["unsent"] == 240
    # What the calls themselves wrote: each request once; but a call that was killed before.
    made = [int(line) for line in (tmp_path / "journal").read_text().splitlines()]
    assert len(made) == len(set(made)) and set(made) <= set(range(240))
    assert totals["ok"] <= len(made) <= totals["sent"]


def test_a_minute_that_was_counted_and_not_yet_written_is_written_then(tmp_path):
    arguments = soaks.given(tmp_path, *SOAK)
    first = Folder(tmp_path, making.settings(arguments))
    for number, slot in enumerate(first.board.slots, 1):
        slot.begin(number, 0.2 * (number - 1), 0)
        slot.whole[board.SENT] = 20
        slot.ended[first.board.code("ok")] = 18 + number
        slot.real[board.POSITION] = 0.2 * number
    first.board.slots[1].whole[board.CARRIED] = 1
    first.board.close()
    second = Folder(tmp_path, making.settings(arguments))
    assert (second.count, second.position, second.requests) == (2, 0.4, 40)
    second.close()
    found = soaks.minutes(tmp_path)
    assert [each["state"] for each in found] == ["whole", "killed"]
    assert found[1]["errors"] == {"unfinished": 1} and found[1]["used"] is None
    assert not any(slot.whole[board.NUMBER] for slot in Board(tmp_path / "now.bin").slots)


def test_a_minute_that_was_written_is_not_written_again(tmp_path):
    arguments = soaks.given(tmp_path, *SOAK)
    first = Folder(tmp_path, making.settings(arguments))
    first.board.slots[0].begin(1, 0.0, 0)
    first.board.close()
    Folder(tmp_path, making.settings(arguments)).close()
    left = Board(tmp_path / "now.bin")
    left.slots[1].begin(1, 0.0, 0)
    left.close()
    again = Folder(tmp_path, making.settings(arguments))
    assert again.count == 1 == len(soaks.minutes(tmp_path))
    again.close()


def test_a_broken_minute_is_one_line(tmp_path):
    arguments = soaks.given(tmp_path, *SOAK)
    first = Folder(tmp_path, making.settings(arguments))
    first.board.slots[0].begin(1, 0.0, 0)
    first.board.close()
    Folder(tmp_path, making.settings(arguments)).close()
    (tmp_path / "minutes-00001.jsonl").write_text('{"minute": 1')
    with pytest.raises(ValueError, match=r"cannot read .*minutes-00001\.jsonl"):
        Folder(tmp_path, making.settings(arguments))


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """The folder of a soak with a minute, and what is in its files."""
    path = tmp_path_factory.mktemp("left")
    for _ in range(2):  # the second one writes what the first one counted
        first = Folder(path, {"rate": 100})
        if not first.count:
            first.board.slots[0].begin(1, 0.0, 0)
            first.board.slots[0].latency[3] = first.board.slots[0].whole[board.SENT] = 1
        first.board.close()
    return path, {each.name: json.loads(each.read_text()) for each in path.glob("*.json*")}


@pytest.mark.parametrize("name", ["soak.json", "minutes-00001.jsonl"])
@given(data=st.data())
def test_whatever_is_in_its_folder(left, name, data):
    path, contents = left
    for each, content in contents.items():
        (path / each).write_text(json.dumps(content) + "\n")
    (path / name).write_bytes(data.draw(fuzz.files(contents[name])))

    def go_on():
        Folder(path, {"rate": 100}).board.close()
        for minute in read(path):
            values(minute), line(minute)

    held = fuzz.refusal(go_on)
    assert not held or str(path) in held


def test_a_minute_without_what_was_used_is_one_line(left):
    path, contents = left
    for name, content in contents.items():
        (path / name).write_text(json.dumps(content) + "\n")
    minute = contents["minutes-00001.jsonl"] | {"used": {"cpu": 0.5}}
    (path / "minutes-00001.jsonl").write_text(json.dumps(minute) + "\n")
    with pytest.raises(ValueError, match=r"minutes-00001\.jsonl: used\.rss must be a number"):
        list(read(path))


def test_another_interpreter_makes_it_in_the_same_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["load", "--soak", "0.6s", "--soak-minute", "0.2s", "--rate", "50", "--over-http"]
    words += ["--fault", "rate_limit=@3", "--python", sys.executable, "--json", "soak.json"]
    assert main(words) in (0, 1)
    assert capsys.readouterr().err.count("minute ") == 3
    found = soaks.minutes(tmp_path / "soak")
    assert len(found) == 3 and sum(each["sent"] for each in found) == 30
    figures = json.loads((tmp_path / "soak.json").read_text())["figures"]
    assert figures["requests"]["errors"] == {"http 429": 1} and figures["requests"]["ok"] == 29


def test_an_agent_elsewhere_tells_what_it_holds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with served(fail=[2]) as server:
        words = ["load", "--soak", "0.4s", "--soak-minute", "0.2s", "--rate", "50", "--json", "a"]
        assert main([*words, "--url", server.url]) in (0, 1)
        stats = ask(f"{server.url}/stats", "GET")
    found = soaks.minutes(tmp_path / "soak")
    assert sum(each["sent"] for each in found) == stats["requests"] == 20
    assert sum(each["ok"] for each in found) == stats["ok"] == 19
    assert all(each["used"]["agent rss"] > 1e6 < each["used"]["rss"] for each in found)
    drift = json.loads((tmp_path / "a").read_text())["drift"]
    assert {"agent rss", "agent threads", "agent descriptors"} < set(drift)
