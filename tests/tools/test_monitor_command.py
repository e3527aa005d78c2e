"""`harness monitor`: watches a command, writes its files, and refuses bad input in one line."""

import csv
import json
import signal
import subprocess
import sys
import time

import pytest

from harness.instruments.resources.tree import FIELDS

MIB = 2**20
HARNESS = [sys.executable, "-m", "harness"]
BURN = "import time\nwhile time.process_time() < 0.3: pass\n"


def test_the_command_line_watches_a_command(tmp_path):
    files = {kind: tmp_path / f"out.{kind}" for kind in ("json", "csv", "html")}
    options = [item for kind, file in files.items() for item in (f"--{kind}", str(file))]
    code = BURN + "print('its own output')\nraise SystemExit(7)"
    command = [
        *HARNESS,
        "monitor",
        "--interval",
        "0.02",
        *options,
        "--",
        sys.executable,
        "-c",
        code,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 7, done.stderr
    assert done.stdout == "its own output\n" and "CPU time" in done.stderr
    told = json.loads(files["json"].read_text())
    assert told["summary"]["counts"]["minor_faults"] > 500  # of a Python that has ended
    assert told["fields"] == list(FIELDS) and told["summary"]["cpu"]["seconds"] >= 0.3
    assert told["summary"]["rss"]["last"] > 0  # what it had before it ended
    rows = list(csv.reader(files["csv"].read_text().splitlines()))
    assert rows[0] == list(FIELDS) and len(rows) == len(told["samples"]) + 1
    page = files["html"].read_text()
    assert "jQuery" in page and "Memory" in page and "default-src 'none'" in page
    assert not list(tmp_path.glob(".out*"))


def peak_of(tmp_path, *command):
    """The peak of a command that is over before anybody looks twice."""
    file = tmp_path / "out.json"
    options = ["--interval", "1s", "--json", str(file)]
    # By way of a shell: the kernel's peak of a process begins with that of the one it came from,
    # and this one may have been larger than the command.
    watched = [*HARNESS, "monitor", *options, "--", *command]
    done = subprocess.run(["sh", "-c", '"$@"; exit $?', "sh", *watched], capture_output=True)
    assert done.returncode == 0, done.stderr
    return (json.loads(file.read_text())["summary"]["rss"] or {"peak": 0})["peak"]


def test_kill_ends_the_command_and_what_was_seen_is_written(tmp_path):
    begun, rows = tmp_path / "begun", tmp_path / "rows.csv"
    code = f"import time\nopen({str(begun)!r}, 'w').close()\ntime.sleep(600)"
    command = [*HARNESS, "monitor", "--csv", str(rows), "--", sys.executable, "-c", code]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while not begun.exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 128 + signal.SIGTERM
    assert rows.read_text().startswith(",".join(FIELDS))


def test_the_peak_of_a_short_command_is_the_kernels_own(tmp_path):
    large = (sys.executable, "-c", f"b'x' * {200 * MIB}")
    assert peak_of(tmp_path, *large) > 200 * MIB
    # Of a small one the kernel tells what it has inherited from the process that started it.
    assert peak_of(tmp_path, "true") < 10 * MIB


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "needs either"),
        (["--pid", "1", "--", "true"], "needs either"),
        (["--interval", "0", "--", "true"], "interval"),
        (["--", "no-such-command-here"], "cannot run"),
        (["--json", "/no/such/folder/x.json", "--", "true"], "no folder"),
        (["--pid", "999999999"], "no process"),
    ],
)
def test_bad_input_is_one_line(arguments, reason):
    done = subprocess.run([*HARNESS, "monitor", *arguments], capture_output=True, text=True)
    assert done.returncode == 2 and reason in done.stderr and done.stderr.count("\n") == 1
