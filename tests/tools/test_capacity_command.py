"""`load --find-capacity`: its files, its exit status, its page, and what it refuses."""

import csv
import json
import os
import signal
import subprocess
import sys

import jsonschema
import pytest
from load_verb import SCHEMA
from places import TESTS

from harness.__main__ import main
from harness.common.numbers import number

FIND = ("load", "--find-capacity", "--slo", "p95=300ms")
SEARCH = SCHEMA["$defs"]["search"] | {"$defs": SCHEMA["$defs"]}
SHORT = ("--budget", "3s", "--duration", "300ms", "--rate", "100")


@pytest.fixture
def find(load, capsys, tmp_path):
    """Search in a folder of its own (as `load` has it); gives status, stdout and stderr."""

    def run(*arguments):
        try:
            status = main([*FIND, *arguments])
        except SystemExit as ended:
            status = ended.code
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_a_search_leaves_a_document_a_table_and_a_page(find, tmp_path):
    files = [part for each in ("json", "csv", "html") for part in (f"--{each}", f"found.{each}")]
    status, out, err = find("--call", "load_calls:quick", *SHORT, *files)
    data = json.loads((tmp_path / "found.json").read_text())
    jsonschema.validate(data, SEARCH)
    assert (status, data["over"]) in {(1, "budget"), (1, "limit"), (0, "found")}
    assert data["target"]["name"] == "load_calls:quick" and data["alone"] >= 0.001
    assert [slo["name"] for slo in data["slos"]] == ["p95", "errors"]
    assert len(data["steps"]) >= 1 and data["steps"][0]["rate"] == 100
    for step in data["steps"]:
        assert f"{number(step['rate'])}/s" in out and "agent" in step["cpu"]
    rows = list(csv.DictReader((tmp_path / "found.csv").open()))
    assert [float(row["rate"]) for row in rows] == [step["rate"] for step in data["steps"]]
    assert [row["verdict"] for row in rows] == [step["verdict"] for step in data["steps"]]
    assert len(err.splitlines()) == len(rows)
    assert "capacity  " in out and "interval  " in out and "served" in out
    assert "<!doctype html>" in (tmp_path / "found.html").read_text()


def test_a_runtime_in_another_interpreter(find, greenlang_python, tmp_path):
    elsewhere = ("--python", str(greenlang_python), "--runtime", "greenlang", "--entry", "threads")
    status, out, err = find(*elsewhere, *SHORT, "--json", "found.json")
    assert status in (0, 1), err
    data = json.loads((tmp_path / "found.json").read_text())
    assert data["target"]["name"] == "greenlang, threads" and data["steps"]
    assert "100/s" in err and "greenlang, threads: p95 <= 300 ms" in out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--users", "3"], "--users does not go with --find-capacity"),
        (["--hdr", "x"], "--hdr does not go with --find-capacity"),
        (["--requests", "5"], "--requests does not go with --find-capacity"),
        (["--shape", "spike"], "--find-capacity is for --shape constant or poisson"),
        (["--slo", "errors=1%"], "--find-capacity needs a latency in --slo"),
        (["--slo", "p95=1s,throughput=5"], "it is what is looked for"),
        (["--slo", "p99.9=1s"], "--rate 40 or more, or a longer --budget"),
        (["--rate", "0"], "rate must be a positive number"),
        (["--rate", "1e9"], "rate must be a positive number"),
        (["--budget", "30s"], "--duration 10s do not fit into a --budget of 30s: 5s at most"),
        (["--call", "load_calls:unsupported"], "it cannot do that"),
        (["--call", "load_calls:decorated_failing"], "alone ends with 'RuntimeError'"),
        (["--url", "http://127.0.0.1:1"], "nothing answers"),
    ],
)
def test_bad_input_is_one_line(find, tmp_path, arguments, why):
    status, out, err = find(*arguments)
    assert status == 2 and out == "" and why in err.splitlines()[-1], err
    assert list(tmp_path.iterdir()) == []


def test_a_budget_without_a_search_is_refused(load):
    status, _, err, data = load("--budget", "10s")
    assert (status, data) == (2, None) and "--budget goes with --find-capacity" in err


def test_ctrl_c_keeps_what_is_known(tmp_path):
    short = ("--duration", "1s", "--rate", "100", "--json", "found.json")
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", *FIND, "--call", "load_calls:quick", *short],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "100/s" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    data = json.loads((tmp_path / "found.json").read_text())
    assert process.returncode == 130 and data["over"] == "stopped", err
    assert len(data["steps"]) >= 1 and "stopped by hand" in out and "Traceback" not in err
