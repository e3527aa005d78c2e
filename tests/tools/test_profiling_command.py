"""`python -m harness profile`: text, JSON, one HTML page, two profiles, another interpreter."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from profiling_adapters import HERE
from shared import once

from harness.__main__ import main
from harness.tools.profiling.document import FORMAT, VERSION


def harness(*arguments, cwd, expect=0, **env):
    done = subprocess.run(
        [sys.executable, "-m", "harness", "profile", *map(str, arguments)],
        cwd=cwd,
        env=dict(os.environ, ASV_CONF_DIR=HERE, **env),
        capture_output=True,
        text=True,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A profile of everything, with all its files, and an older one beside it."""
    return once(tmp_path_factory, "profile", make)


def make(folder):
    few = ("--runs", 20)
    of = ("--runtime", "profiling_adapters:Hot")
    harness(*of, *few, "--kind", "cpu", "--json", "old.json", cwd=folder)
    done = harness(
        "--runtime", "profiling_adapters:Often", *few, "--against", "old.json",
        "--kind", "cpu", "sampling", "memory", "memray", "lines",
        "--json", "new.json", "--html", "new.html", "--text", "new.txt", cwd=folder,
    )  # fmt: skip
    (folder / "stdout").write_text(done.stdout)


def test_the_text_says_where_the_time_goes(made):
    text = (made / "stdout").read_text()
    assert text == (made / "new.txt").read_text()
    bottlenecks = text[text.index("Bottlenecks") :].splitlines()
    assert "spin (profiling_adapters.py)" in bottlenecks[3]
    changes = text[text.index("Calls per run, where they differ") :].splitlines()
    words = ["5", "7", "2", "framework", "little", "(profiling_adapters.py)"]
    assert changes[3].split()[:6] == words


def test_the_json_is_versioned_and_whole(made):
    found = json.loads((made / "new.json").read_text())
    assert (found["format"], found["version"]) == (FORMAT, VERSION)
    assert set(found) == {
        "format", "version", "about", "time", "cpu", "sampling", "memory", "memray", "lines",
        "recommendations", "against",
    }  # fmt: skip
    assert found["against"]["more_calls"][0]["new"] == 7
    assert str(made) not in json.dumps(found) and str(Path.home()) not in json.dumps(found)
    assert sorted(path.name for path in made.iterdir()) == [
        "new.html", "new.json", "new.txt", "old.json", "stdout",
    ]  # fmt: skip


def test_the_page_opens_offline_and_can_be_used(made, chromium):
    chromium.open((made / "new.html").as_uri(), ".frame")
    asked, failed = chromium.requests()
    assert asked == [(made / "new.html").as_uri()] and failed == []
    graphs, frames = (
        "document.querySelectorAll('.graph')",
        "document.querySelectorAll('.frame')",
    )
    assert chromium.run(f"return {graphs}.length") == 2
    before = chromium.run(f"return {frames}.length")
    assert before > 10
    spin = "[...document.querySelectorAll('.frame')].find(f => f.textContent.startsWith('spin'))"
    width = chromium.run(f"return {spin}.offsetWidth / {graphs}[0].offsetWidth")
    assert width > 0.5
    chromium.run(f"{spin}.click()")
    assert chromium.run(f"return {spin}.offsetWidth / {graphs}[0].offsetWidth") > 0.99
    chromium.run("const f = document.getElementById('find'); f.value = 'spin'; f.oninput()")
    shown = chromium.run("return document.querySelectorAll('.frame:not(.faded)').length")
    assert 0 < shown < chromium.run(f"return {frames}.length")
    assert chromium.errors() == []


def test_text_of_a_user_cannot_break_the_page(made, tmp_path, chromium):
    found = json.loads((made / "new.json").read_text())
    evil = "</script><img src=http://127.0.0.1:9/x onerror=alert(1)>"
    found["cpu"]["tree"]["children"][0]["name"] = evil
    found["about"]["version"] = found["recommendations"][0]["where"] = evil
    del found["against"]
    (tmp_path / "evil.json").write_text(json.dumps(found))
    harness("--from", "evil.json", "--html", "evil.html", cwd=tmp_path)
    chromium.open((tmp_path / "evil.html").as_uri(), ".frame")
    assert chromium.run("return document.images.length") == 0
    assert len(chromium.requests()[0]) == 1 and chromium.errors() == []


def test_a_kept_profile_is_shown_again(made):
    done = harness("--from", "new.json", "--top", 3, cwd=made)
    assert "spin (profiling_adapters.py)" in done.stdout and done.stderr == ""
    again = harness("--from", "new.json", "--against", "new.json", cwd=made)
    assert "Calls per run, where" not in again.stdout


def test_a_line_is_no_quantity(made, tmp_path):
    found = json.loads((made / "new.json").read_text())
    found["memray"]["by_bytes"][0] |= {"group": "other", "line": 1501}
    (tmp_path / "far.json").write_text(json.dumps(found))
    assert " 1501 " in harness("--from", "far.json", cwd=tmp_path).stdout


def test_another_interpreter_needs_only_the_standard_library(tmp_path):
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    for name in ("psutil",):  # the only thing that measured environments have beside it
        module = Path(__import__(name).__file__).parent
        (next(bare.glob("lib/*/site-packages")) / name).symlink_to(module)
    done = harness(
        "--python", "bare/bin/python", "--kind", "cpu", "sampling", "memory", "memray", "lines",
        "--runs", 10, "--json", "p.json", cwd=tmp_path,
    )  # fmt: skip
    found = json.loads((tmp_path / "p.json").read_text())
    assert found["cpu"]["calls"] == 4 and found["memory"]["peak_bytes"] > 0
    for kind, package in (
        ("sampling", "pyinstrument"), ("memray", "memray"), ("lines", "memory_profiler"),
    ):  # fmt: skip
        assert found[kind]["not_available"].startswith(f"{package} is not installed")
    assert "n/a" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--runtime", "nothing"], ["no runtime 'nothing'"]),
        (["--runtime", "adapters:Denied"], ["no profile of time: ", "the framework said no"]),
        (["--runtime", "adapters:Crashes"], ["no profile of time: SystemExit: 7"]),
        (["--runtime", "adapters:Unable"], ["n/a", "no synchronous entry point"]),
        (["--python", "no/python"], ["no Python interpreter no/python"]),
        (["--json", "no/where.json"], ["no/where.json cannot be written"]),
        (["--against", "1.4.0"], ["no profile 1.4.0; a version goes with --release"]),
        (["--from", "broken.json"], ["broken.json"]),
        (["--from", "list.json"], ["list.json is not a profile"]),
        (["--from", "later.json"], ["version 99"]),
        (["--kind", "lines"], ["give --function"]),
    ],
)
def test_bad_input_is_one_line(tmp_path, monkeypatch, capsys, arguments, parts):
    monkeypatch.setenv("ASV_CONF_DIR", HERE)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.json").write_text("{broken")
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "later.json").write_text(json.dumps({"format": FORMAT, "version": 99}))
    assert main(["profile", *arguments, "--runs", "2"]) == 2
    printed = capsys.readouterr()
    lines = [line for line in printed.err.splitlines() if not line.startswith("profiling ")]
    assert len(lines) == 1 and lines[0].startswith("harness: "), printed.err
    assert all(part in lines[0] for part in parts), printed.err
    assert printed.out == "" and len(list(tmp_path.iterdir())) == 3


def test_lines_of_a_function_by_name(tmp_path):
    pytest.importorskip("memory_profiler")
    done = harness(
        "--runtime", "profiling_adapters:Holds", "--kind", "lines", "--function", "_Holds.run",
        "--runs", 5, "--json", "p.json", cwd=tmp_path,
    )  # fmt: skip
    rows = json.loads((tmp_path / "p.json").read_text())["lines"]["rows"]
    assert {row["text"].strip(): row["times"] for row in rows}["buffer = bytearray(HELD)"] == 5
    assert "buffer = bytearray(HELD)" in done.stdout
    missing = harness("--kind", "lines", "--function", "nobody", "--runs", 2, cwd=tmp_path)
    assert "there is no function nobody" in missing.stdout
