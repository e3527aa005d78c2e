"""What the model server does, decided without a socket: scripts as JSON, faults, due moments."""

import argparse
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.common.local import pack, unpack
from harness.model_server import cli
from harness.model_server.faults import KINDS, Attempts, Faults
from harness.model_server.journal import Entry, Journal
from harness.model_server.settings import Settings
from harness.model_server.timetable import Timetable
from harness.workload import script_json
from harness.workload.script import Constant, Lognormal, PerRequest, Script

seconds = st.floats(0, 10, allow_nan=False)
latencies = st.one_of(
    st.builds(Constant, seconds),
    st.builds(Lognormal, st.floats(0.001, 10), seconds, st.integers()),
    st.builds(PerRequest, st.lists(seconds).map(tuple)),
)
numbers = st.integers(0, 10**6)
scripts = st.builds(
    Script,
    tool_rounds=st.integers(0, 5),
    latency=latencies,
    fail_at=st.frozensets(st.tuples(numbers, st.integers(0, 5))),
    chunks=st.integers(1, 9),
    gap=seconds,
    prompts=st.none() | st.dictionaries(numbers, st.text(), min_size=1),
)
shares = st.dictionaries(
    st.sampled_from(sorted(KINDS)), st.floats(0, 1 / len(KINDS)) | st.sets(numbers).map(tuple)
)
all_faults = st.builds(Faults, shares, st.integers(), st.none() | st.integers(1, 9), seconds)


@given(scripts, all_faults, st.none() | st.integers(1, 99))
def test_settings_reach_the_process_of_a_server_as_they_are(script, some, slots):
    wanted = Settings(script, some, slots, slots is not None, ((1.0, 2.0),))
    again = unpack(pack(wanted))
    assert again == wanted
    assert [again.faults.kind(n) for n in range(50)] == [some.kind(n) for n in range(50)]


@given(scripts)
def test_a_script_is_read_as_it_is_written(script):
    kind = {Constant: "constant", Lognormal: "lognormal", PerRequest: "per_request"}
    latency = {"kind": kind[type(script.latency)]} | vars(script.latency)
    document = vars(script) | {"latency": latency, "fail_at": sorted(script.fail_at)}
    assert script_json.from_json(json.loads(json.dumps(document))) == script


@pytest.mark.parametrize(
    ("document", "word"),
    [
        ([], "object"),
        ({"tool_round": 1}, "'tool_round'"),
        ({"tool_rounds": True}, "tool_rounds"),
        ({"tool_rounds": -1}, "tool_rounds"),
        ({"chunks": 1.5}, "chunks"),
        ({"gap": float("nan")}, "gap"),
        ({"latency": 0.05}, "kind"),
        ({"latency": {"kind": "gauss"}}, "kind"),
        ({"latency": {"kind": "constant", "seconds": 1}}, "'seconds'"),
        ({"latency": {"kind": "constant", "value": -1}}, "-1"),
        ({"latency": {"kind": "lognormal"}}, "median"),
        ({"latency": {"kind": "per_request", "values": [-1]}}, "values"),
        ({"latency": {"kind": "per_request"}}, "values"),
        ({"fail_at": [[1, 2, 3]]}, "fail_at"),
        ({"prompts": {"x": "y"}}, "'x'"),
    ],
)
def test_a_wrong_script_is_refused_in_one_line(document, word):
    with pytest.raises(ValueError, match=word) as refusal:
        script_json.from_json(document)
    assert "\n" not in str(refusal.value)


def test_the_command_line_refuses_a_latency_below_nought(capsys):
    with pytest.raises(SystemExit, match="2"):
        asked("--latency", "-1")
    assert "'-1' is no quantity" in capsys.readouterr().err


def test_a_script_file_is_named_in_its_refusal(tmp_path):
    file = tmp_path / "script.json"
    with pytest.raises(ValueError, match=r"script\.json"):
        script_json.read(file)
    file.write_text("{")
    with pytest.raises(ValueError, match=r"script\.json"):
        script_json.read(file)
    file.write_text('{"chunks": 3}')
    assert script_json.read(file) == Script(chunks=3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kinds": {"drop": 0.6, "cut": 0.6}},
        {"kinds": {"drop": -0.1}},
        {"kinds": {"explode": 0.1}},
        {"attempts": 0},
        {"retry_after": -1},
        {"stall_for": float("inf")},
    ],
)
def test_impossible_faults_are_refused(wrong):
    with pytest.raises(ValueError):
        Faults(**wrong)


def test_shares_are_drawn_by_request_number_and_seed():
    some = Faults({"drop": 0.1, "stall": 0.3}, seed=1)
    drawn = [some.kind(n) for n in range(20_000)]
    assert 1_800 < drawn.count("drop") < 2_200
    assert 5_700 < drawn.count("stall") < 6_300
    assert drawn == [Faults({"stall": 0.3, "drop": 0.1}, seed=1).kind(n) for n in range(20_000)]
    assert drawn != [Faults({"drop": 0.1, "stall": 0.3}, seed=2).kind(n) for n in range(20_000)]


def test_a_named_request_fails_whatever_the_shares_are():
    some = Faults({"drop": {3}, "stall": 1.0})
    assert [some.kind(3), some.kind(4)] == ["drop", "stall"]


def test_the_first_attempts_fail_and_a_success_starts_anew():
    attempts = Attempts(Faults({"drop": {3}}, attempts=2))
    assert [attempts.next(3, 0)[1] for _ in range(6)] == ["drop", "drop", None] * 2
    assert attempts.next(3, 1) == (1, "drop")
    assert attempts.next(4, 0) == (1, None)
    always = Attempts(Faults({"drop": {3}}, attempts=None))
    assert [always.next(3, 0) for _ in range(3)] == [(1, "drop"), (2, "drop"), (3, "drop")]
    always.clear()
    assert always.next(3, 0) == (1, "drop")


@given(st.lists(st.tuples(seconds, seconds), min_size=1, max_size=30), st.integers(1, 4))
def test_slots_are_a_first_come_first_served_queue(calls, slots):
    table, arrived, ends = Timetable(Settings(slots=slots)), 100.0, []
    for pause, work in calls:
        arrived += pause
        begin = max([arrived, *sorted(ends)[-slots:][:1]] if len(ends) >= slots else [arrived])
        (end,) = table.due(arrived, [work])
        assert end == begin + work
        ends.append(end)
        assert sum(each > begin for each in ends) <= slots


def test_without_slots_nothing_waits_and_pieces_have_their_own_moments():
    table = Timetable(Settings())
    assert table.due(10.0, [1.0, 1.5]) == [11.0, 11.5]
    assert table.due(10.1, [1.0]) == [11.1]


def test_a_full_server_rejects_without_taking_a_slot():
    table = Timetable(Settings(slots=1, reject=True))
    assert table.due(10.0, [1.0]) == [11.0]
    assert table.due(10.5, [1.0]) is None
    assert table.due(11.0, [1.0]) == [12.0]


def test_in_a_pause_nothing_begins_and_nothing_is_sent():
    table = Timetable(Settings(pauses=((2.0, 3.0),)))
    assert table.due(100.0, [1.0, 2.5]) == [101.0, 105.0]  # the pause is from 102 to 105
    assert table.due(103.0, [1.0]) == [106.0]
    assert table.due(105.0, [1.0]) == [106.0]
    table.clear()
    assert table.due(103.0, [1.0, 3.0]) == [104.0, 108.0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"slots": 0},
        {"reject": True},
        {"pauses": ((-1, 1),)},
        {"pauses": ((0, 2), (1, 2))},
    ],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError):
        Settings(**wrong)


def test_a_journal_forgets_entries_and_no_totals():
    journal = Journal(3)
    for number in range(10):
        journal.add(Entry("chat", 0.0, number, kind="ok" if number % 2 else "drop"))
    document = journal.document(unfinished=1)
    assert [entry["request"] for entry in document["entries"]] == [7, 8, 9]
    assert document["totals"] == {"ok": 5, "drop": 5}
    assert [document["requests"], document["forgotten"], document["unfinished"]] == [10, 7, 1]
    journal.clear()
    assert journal.document(0)["requests"] == 0


def asked(*words):
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    return cli.settings(parser.parse_args(words))


def test_the_command_line_says_all_of_it():
    words = "--ttft 0.2 --gap 0.01 --chunks 5 --tool-rounds 2 --slots 4 --reject --pause 3:1s"
    more = "--fault drop=10% --fault cut=@3,5 --attempts always --stall-for 2 --retry-after 0.5"
    expected = Settings(
        Script(2, Constant(0.2), chunks=5, gap=0.01),
        Faults({"drop": 0.1, "cut": (3, 5)}, 0, None, 0.5, 2.0),
        slots=4,
        reject=True,
        pauses=((3.0, 1.0),),
    )
    assert asked(*words.split(), *more.split()) == expected
    assert asked() == Settings()


@pytest.mark.parametrize(
    "words",
    [
        "--attempts ٣",
        "--fault drop",
        "--fault drop=@x",
        "--fault drop=0.1 --fault drop=0.2",
        "--fault drop=1",
        "--pause 3",
        "--attempts 0",
        "--attempts some",
        "--script missing.json",
        "--script missing.json --gap 1",
    ],
)
def test_the_command_line_refuses_nonsense(words):
    with pytest.raises((ValueError, SystemExit)) as refusal:
        asked(*words.split())
    assert "\n" not in str(refusal.value)
    assert isinstance(refusal.value, ValueError) or refusal.value.code == 2
