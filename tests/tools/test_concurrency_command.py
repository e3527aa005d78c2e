"""`python -m harness concurrency`: its tables, JSON, status, and bad input."""

import json

import pytest
from places import TESTS

from harness.__main__ import main


@pytest.fixture
def own_adapters(monkeypatch):
    """Adapters of the tests are found by the processes that a command starts."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))


def test_the_command_shows_tables_and_json_and_says_by_its_status(capsys, own_adapters):
    command = ["concurrency", "--at-once", "5,20", "--interleavings", "2"]
    assert main([*command, "--runtime", "floor"]) == 0
    table = capsys.readouterr().out
    assert table.count(" passed ") == 8 + 11 and " failed " not in table
    contagious = [*command, "--runtime", "concurrency_adapters:TwoLocks", "--json", "-"]
    assert main(contagious) == 1
    reports = json.loads(capsys.readouterr().out)
    failed = {report["check"] for report in reports if report["verdict"] == "failed"}
    assert failed == {"partial failures"}
    assert set(reports[0]) == {
        "check", "entry", "at_once", "runs", "failures", "verdict", "evidence",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--runtime", "no-such"], "no runtime 'no-such'"),
        (["--runtime", "agno"], "agno is not installed; try "),
        (["--runtime", "adapters:Crashes"], "adapters:Crashes cannot be checked: "),
        (["--runtime", "adapters:Unable"], "nothing could be checked: "),
    ],
)
def test_bad_input_is_one_line(arguments, text, capsys, own_adapters):
    assert main(["concurrency", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"harness: {text}") and error.count("\n") == 1


def test_a_bad_count_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["concurrency", "--runtime", "floor", "--at-once", "10,none"])
    assert stop.value.code == 2 and "not 'none'" in capsys.readouterr().err
