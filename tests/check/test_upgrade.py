"""The way from one release to another, from a document or a lock file: in words, for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.check import known
from harness.cli.main import main

CALLS = "latency.Counted.track_calls('demo', 'asyncio')"
SECONDS = "latency.Added.track_p50('demo')"
MEMORY = "growth.Steps.track_bytes('demo')"
NONE = "tools.Slow.track_blocks('demo')"
VALUES = {CALLS: [100, 100, 150, 300], SECONDS: [1, 1, 1, 1.5], MEMORY: [8, 8, 8, 4]}
PARAMS = {CALLS: {"entry": "'asyncio'"}, MEMORY: {"earlier": "100"}}
GROUP = {
    "machine": "exact-x86_64",
    "environment": "py3.11",
    "python": "3.11",
    "exact": True,
    "fields": {},
}


def row(label: str, values: list[float | None], **other: object) -> dict[str, object]:
    exact = label != SECONDS
    return {
        "label": label,
        "benchmark": label.partition("(")[0],
        "params": PARAMS.get(label, {}),
        "about": label.partition("(")[0] + ": 1 is linear" * (label == MEMORY),
        "grade": "counts" if exact else "absolutes",
        "unit": "calls" if exact else "seconds",
        "exact": exact,
        "threshold": 0.01,
        "floor": None,
        "judged": True,
        "values": values,
        **other,
    }


def release(number: int) -> dict[str, object]:
    date = f"2026-0{number + 1}-01T00:00:00Z"
    found = {"title": f"v1.{number}", "commit": f"{number}" * 40, "date": date, "invalid": []}
    return found | {"installed": [], "platform": "", "findings": None, "improvements": None}


def finding() -> dict[str, object]:
    moved = {"label": CALLS, "grade": "counts", "unit": "calls", "old": 150, "new": 300}
    return {
        "target": "demo",
        "project": "Demo",
        "base": "v1.2",
        "head": "v1.4",
        "commits": ["2" * 40, "4" * 40],
        "date": "2026-05-01T00:00:00Z",
        "machine": "exact-x86_64",
        "environment": "py3.11",
        "sentence": "it rose.",
        "rows": [moved | {"change": 1.0, "interval": None}],
        "functions": [],
        "located": "",
        "packages": [],
        "between": 0,
    }


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Four releases, of which 1.0 is judged against 1.4."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(known, "FOLDER", tmp_path / "known")
    rows = [row(label, list(values)) for label, values in VALUES.items()]
    rows.append(row(NONE, [3, 3, 3, None], missing={"3": "n/a: it has no plain tools"}))
    verdicts = {
        "0": {"verdict": "regression", "change": 2.0, "functions": [["run (demo.py)", 0, 9]]},
        "1": {"verdict": "no verdict", "change": 0.5, "reason": "the machine moved by 31 %"},
        "2": {"verdict": "improvement", "change": -0.5},
    }
    pair = {"base": 0, "head": 3, "summary": "", "invalid": [], "notes": [], "unmeasured": 1}
    releases = [release(number) for number in (0, 1, 2, 4)]
    group = GROUP | {"releases": releases, "rows": rows, "pairs": [pair | {"verdicts": verdicts}]}
    found = {
        "schema": 1,
        "target": "demo",
        "project": "Demo",
        "package": "demo-pkg",
        "runtime": "demo",
        "config": "targets/demo.json",
        "as_of": "2026-05-01",
        "false_alarms": None,
        "groups": [group],
        "findings": [finding()],
    }
    (tmp_path / "known").mkdir()
    keep(found)
    return found


def keep(document: dict[str, Any]) -> None:
    (known.FOLDER / "demo.json").write_text(json.dumps(document))


def printed(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    """What is printed, as if lines were as long as they like."""
    assert main(["upgrade", *words]) == status
    return " ".join(capsys.readouterr().out.split())


def test_worse_better_and_not_known_are_told_with_where_and_which_release(document, capsys):
    assert main(["upgrade", "Demo_Pkg", "1.0"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Demo: you have demo-pkg 1.0, 1.4 is out, the newest measured: of 3 figures 1 worse, 1"
        " better, 2 not known",
        "  worse:",
        "    latency.Counted.track_calls rose 3-fold, from 100 to 300 (asyncio; exact). Most of it"
        " in 1.4. Calls: run (demo.py) 0",
        "      → 9.",
        "  better:",
        "    growth.Steps.track_bytes fell by 50 %, from 8 to 4 (100 earlier; exact; 1 is linear).",
        "  not known:",
        "    1 of tools: no number in 1.4: it has no plain tools",
        "    1 of latency: no verdict: the machine moved by 31 %",
        "",
        "as of 2026-05-01, when the newest release measured was uploaded",
    ]


def test_of_a_pair_that_nobody_judged_exact_rows_are_compared_and_others_not(document, capsys):
    shown = printed(capsys, "demo", "1.1", "1.4")
    assert "latency.Counted.track_calls rose 3-fold, from 100 to 300" in shown
    ask = "python -m harness check v1.1 v1.4 --config targets/demo.json --machine exact-x86_64"
    assert f"1 of latency: no verdict: ask `check`, {ask}" in shown


def test_a_release_that_was_not_measured_has_neighbours_and_a_command(document, capsys):
    shown = printed(capsys, "demo", "1.3")
    assert "1.3 was not measured: 1.2 stands for it, the next below; the next above" in shown
    assert "2 figures differ, most of all: latency.Counted.track_calls rose by 100 %" in shown
    assert "python -m harness survey demo --pair demo 1.3 1.4" in shown
    assert "1.0 stands for it, the oldest that was" in printed(capsys, "demo", "0.9")
    assert "and no exact figure differs between these two" in printed(capsys, "demo", "1.0.5")


def test_nothing_newer_is_said_at_once(document, capsys):
    shown = printed(capsys, "demo", "1.4")
    assert shown.startswith("Demo: you have demo-pkg 1.4, and 1.4 is the newest that was measured")
    shown = printed(capsys, "demo", "2.0")
    assert "2.0 was not measured: 1.4 stands for it, the newest that was" in shown
    assert "survey demo --pair demo 1.4 2.0" in shown


def test_only_what_is_exact_fails_where_that_is_asked_for(document, capsys):
    printed(capsys, "demo", "1.0", "--fail-on-worse", status=1)
    printed(capsys, "demo", "1.0", "1.1", "--fail-on-worse")
    printed(capsys, "demo", "1.4", "1.0", "--fail-on-worse", status=1)  # bytes, on the way back


def test_timed_rows_of_another_machine_are_told_beside_the_exact_ones(document, capsys):
    (group,) = document["groups"]
    pair = group["pairs"][0] | {
        "verdicts": {"1": {"verdict": "regression", "change": 0.5, "low": 0.4, "high": 0.6}}
    }
    timed = group | {"machine": "lab", "exact": False, "pairs": [pair]}
    exact = group | {"rows": [each for each in group["rows"] if each["exact"]], "pairs": []}
    keep(document | {"groups": [timed, exact]})
    shown = printed(capsys, "demo", "1.0")
    assert "of 1 timed figures on lab 1 worse" in shown and shown.count("track_calls") == 1
    assert "rose by 50 %, from 1 s to 1.50 s (99 % interval +40 % to +60 %)." in shown


def test_programs_get_every_row(document, capsys):
    assert main(["upgrade", "demo", "1.0", "--json", "-"]) == 0
    (upgrade,) = json.loads(capsys.readouterr().out)["upgrades"]
    assert [each["is"] for each in upgrade["rows"]] == ["worse", "better", *["not known"] * 2]
    first = upgrade["rows"][0]
    assert (first["old"], first["new"], first["change"], first["step"]) == (100, 300, 2, "in 1.4")
    assert first["functions"] == [{"name": "run (demo.py)", "old": 0, "new": 9}]
    assert (upgrade["have"]["measured"], upgrade["to"]["release"]) == (True, "v1.4")


LOCK = """
[[package]]
name = "demo.pkg"
version = "1.0"
source = { registry = "https://index.example/simple" }
[[package]]
name = "other"
version = "3"
[[package]]
name = "workspace"
source = { virtual = "." }
"""
FREEZE = "other==3\n-e .\nDEMO_pkg[extra]==1.0 ; python_version > '3' # pinned\nx @ file:///x\n"


@pytest.mark.parametrize(("option", "text"), [("--lock", LOCK), ("--freeze", FREEZE)])
def test_a_lock_file_asks_for_all_that_is_known(document, capsys, option, text):
    Path("pins").write_text(text)
    shown = printed(capsys, option, "pins")
    assert shown.startswith("Demo: you have demo-pkg 1.0, 1.4 is out")
    assert "1 other is no target; known are demo-pkg" in shown


def test_a_list_without_targets_is_answered(document, capsys):
    Path("pins").write_text("other==3\nanother==4\n")
    shown = printed(capsys, "--freeze", "pins")
    assert shown.startswith("none of 2 packages is a target; known are demo-pkg ")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["demo-pk", "1.0"], "nothing is known of demo-pk; known are demo-pkg"),
        (["demo", "main"], "demo has no release main; measured are v1.1, v1.2, v1.4"),
        (["demo"], "say what you have: PACKAGE FROM (such as agno 3.0.6), --lock uv.lock or --"),
        (["--lock", "no.lock"], "cannot read no.lock: No such file or directory"),
        (["--lock", "a", "--freeze", "b"], "say what you have: PACKAGE FROM"),
        (["demo", "1.0", "--own"], "--own needs results"),
    ],
)
def test_bad_input_is_one_line(document, capsys, words, line):
    assert main(["upgrade", *words]) == 2
    shown = capsys.readouterr().err
    assert line in shown and shown.count("\n") == 1
