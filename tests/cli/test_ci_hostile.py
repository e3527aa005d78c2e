"""What a pull request's job hands over is read as data or refused, whatever is in it."""

from __future__ import annotations

import copy
import io
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from check_project import Project, make, times
from fake_github import event, pull, zipped

from harness.cli.handed_over import MOST, NAME
from harness.cli.main import main
from harness.cli.packing import pack
from harness.rendering.lines import WIDTH
from harness.results.target import opened

pytestmark = pytest.mark.faults
CALLS = "latency.Counted.track_calls"
EVIL = (
    "<img src=x> @maintainer [a](//evil.invalid) ![](//b.invalid) `x` | \\| ``` #1 --> \u202e\u200b"
)
Document = dict[str, Any]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = make(tmp_path_factory.mktemp("hostile"), 2)
    made.measure(0, machine="ci")
    made.measure(1, times({CALLS: 1.2}), machine="ci")
    return made


@pytest.fixture(scope="module")
def good(project: Project) -> Document:
    with opened(project.config) as target:
        found = target.results("ci", None)
        return json.loads(pack(target, *(target.commit(each, found) for each in project.commits)))


class Comment:
    """What the step makes of an artifact; body, or the line it refuses it with."""

    def __init__(self, folder: Path, head: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.head, self.capsys = folder, head, capsys

    def body(self, artifact: bytes) -> str:
        assert self.run(artifact) == 0, self.capsys.readouterr().err
        return str(json.loads((self.folder / "output").read_text())["body"])

    def refusal(self, artifact: bytes) -> str:
        assert self.run(artifact) == 2
        assert sorted(path.name for path in self.folder.iterdir()) == ["artifact", "event", "pulls"]
        (line,) = self.capsys.readouterr().err.splitlines()
        assert len(line) <= WIDTH
        return line

    def run(self, artifact: bytes) -> int:
        (self.folder / "artifact").write_bytes(artifact)
        (self.folder / "event").write_text(json.dumps(event(self.head)))
        (self.folder / "pulls").write_text(json.dumps([pull(self.head)]))
        paths = [f"--{name}={self.folder / name}" for name in ("event", "pulls", "output")]
        return main(["ci", "comment", str(self.folder / "artifact"), *paths, "--runtime", "mine"])


@pytest.fixture
def comment(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Comment:
    return Comment(tmp_path, project.commits[1], capsys)


def member(name: str, content: bytes = b"{}", mode: int = stat.S_IFREG, more: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        about = zipfile.ZipInfo(name)
        about.external_attr, about.compress_type = (mode | 0o644) << 16, zipfile.ZIP_DEFLATED
        packed.writestr(about, content)
        if more:
            packed.writestr(more, b"{}")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("artifact", "told"),
    [
        (b"", "refused"),
        (b"\x00\xff\x7fELF" * 100, "refused"),
        (b"PK\x03\x04" + b"\x00" * 50, "refused"),
        (member(NAME)[:-30], "refused"),
        (member(NAME, b" " * (MOST + 1)), "larger than"),
        (member(NAME, more="../../.bashrc"), "alone"),
        (member(f"../{NAME}"), "alone"),
        (member(f"/tmp/{NAME}"), "alone"),
        (member(NAME, b"/etc/passwd", stat.S_IFLNK), "no regular file"),
        (member("comment.md", b"# all good"), "alone"),
        (zipped(b"[" * 100_000), "refused"),
        (zipped(b"{}"), "has no schema"),
        (zipped(b"[]"), "must be a table"),
        (zipped(b"9" * 5000), "refused"),
        (zipped(b"\xff{}"), "refused"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_no_artifact_of_ours(comment, artifact, told):
    assert told in comment.refusal(artifact)


def test_a_member_that_lies_about_its_size(comment):
    packed = bytearray(member(NAME, b" " * (MOST + 1)))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = packed.index(mark) + place
        packed[start : start + 4] = (100).to_bytes(4, "little")
    comment.refusal(bytes(packed))


def test_a_huge_artifact_is_not_read(comment):
    assert "are the most" in comment.refusal(b"\x00" * 8_000_001)


def result(side: str, **changes: object) -> Callable[[Document], object]:
    return lambda of: of[side]["result"].update(changes)


def renamed(name: str) -> Callable[[Document], object]:
    def change(of: Document) -> None:
        of["benchmarks"][name] = of["benchmarks"].pop(CALLS)
        for side in ("base", "head"):
            of[side]["result"]["results"][name] = of[side]["result"]["results"].pop(CALLS)

    return change


def parameter(text: str) -> Callable[[Document], object]:
    def change(of: Document) -> None:
        of["benchmarks"][CALLS]["params"] = [[text, "'floor'"]]
        for side in ("base", "head"):
            of[side]["result"]["results"][CALLS][1] = [[text, "'floor'"]]

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda of: of.update(number=1), "no key 'number'"),
        (lambda of: of.update(comment="# fine"), "no key 'comment'"),
        (lambda of: of.update(schema=2), "schema 2"),
        (lambda of: of["head"].update(commit="0" * 40), "not about"),
        (lambda of: of["base"].update(commit=of["head"]["commit"]), "same commit"),
        (lambda of: of["base"].update(commit="../../x"), "no name of a commit"),
        (result("head", commit_hash="1" * 40), "of another commit"),
        (lambda of: of["machine"].update(machine="../../../etc"), "no name of the machine"),
        (lambda of: of["head"]["result"]["params"].update(machine="x"), "another machine"),
        (lambda of: of["head"]["texts"].update({"../../x": "y"}), "unknown key"),
        (lambda of: of["head"]["texts"].update(freeze="x" * 400_000), "characters"),
        (lambda of: of["benchmarks"][CALLS].update(code="import os"), "unknown key"),
        (renamed("<script>alert(1)</script>"), "no name of a benchmark"),
        (renamed("a.@maintainer"), "no name of a benchmark"),
        (parameter("'os:abort'"), "the runtime is"),
        (parameter("'os\\x3aabort'"), "the runtime is"),
        (parameter("'os' ':' 'abort'"), "the runtime is"),
        (result("head", env_vars={"AGENT_RUNTIME": "os:abort"}), "the runtime is"),
        (lambda of: of["benchmarks"][CALLS].update(fixed={"runtime": "os:abort"}), "the runtime"),
        (parameter("'" + "x" * 2000 + "'"), "a text of"),
        (result("head", result_columns="x"), "must be a list"),
        (result("head", results={CALLS: [[1], [["1"] * 300, ["1"] * 300], "1"]}), "rows"),
        (result("head", results={}), "no number of the framework"),
        (result("head", results={CALLS: [[1e400, 1], [["'mine'", "'floor'"]], "1"]}), ""),
        (result("head", date="yesterday"), ""),
        (result("head", version=99), ""),
    ],
)
def test_what_is_not_as_it_is_packed(comment, good, change, told):
    document = copy.deepcopy(good)
    change(document)
    assert told in comment.refusal(zipped(json.dumps(document)))


def test_texts_stay_texts(comment, good):
    document = copy.deepcopy(good)
    parameter(repr(EVIL))(document)
    head = document["head"]
    head["texts"] = {
        "freeze": f"{EVIL}==1\n",
        "validity": f"invalid: {EVIL}\n",
        "notes": f"speedup.Overlap.track_fraction: {EVIL}\n",
    }
    head["result"]["results"]["speedup.Overlap.track_fraction"][0] = [None, None]
    label = f"calls_run {EVIL}"
    for side, calls in (("base", 1), ("head", 50)):
        document[side]["functions"] = {
            "cells": [label],
            "functions": {f"{EVIL} (evil/a.py)": [calls]},
        }
        document[side]["result"]["env_name"] = EVIL
    body = comment.body(zipped(json.dumps(document)))
    fences = body.split("```")
    assert len(fences) % 2 == 1 and "(evil/a.py)" in body
    outside = "".join(fences[::2]).replace("`", "\x00")
    parts = outside.split("\x00")
    assert len(parts) % 2 == 1
    plain = "".join(parts[::2])  # neither in a block of code nor in code
    for mark in ("<img", "@maintainer", "evil.invalid", "![", "#1", "\u202e", "\u200b"):
        assert mark not in plain
    assert not {"\u202e", "\u200b"} & set(body)
    tables = [line for line in body.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {7, 8}  # no cell more than its head has
