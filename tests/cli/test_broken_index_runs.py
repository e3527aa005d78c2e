"""Verbs that measure many releases, while the package index is broken: what is cached goes on."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import tiny_project
from broken_index import SHORT, broken
from faults import Faults
from local_index import LocalIndex
from tiny_project import Project

from harness.history import machine

pytestmark = pytest.mark.slow
BENCHMARKS = "import tinyagent\n\n\ndef track_cost():\n    return tinyagent.COST\n"
VERB = (  # our own client waits for a minute, and has no variable for that
    "import sys; from harness.history import index; index.TIMEOUT = (0.3, 0.3);"
    "from harness.cli.main import main; sys.exit(main())"
)
MACHINES = {"dashboard": "box", "survey": machine.exact()["machine"]}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory, tiny_index: LocalIndex) -> Project:
    """Of three releases two were measured: their packages are in uv's cache."""
    made = tiny_project.make(tmp_path_factory.mktemp("runs"), tiny_index)
    (made.root / "benchmarks" / "tiny.py").write_text(BENCHMARKS)
    made.configure(repo="pypi:tinyagent?last=3", results_dir="results/tiny", html_dir="html/tiny")
    made.asv("run", "v0.1.0..v0.3.0", "--quick")
    return made


def number(project: Project, where: str, version: str, forget: bool = False) -> object:
    """What a release has on a machine; forget: and has no more."""
    (commit,) = (each for each, tag in project.tags().items() if tag == version)
    found = list((project.root / "results" / "tiny" / where).glob(f"{commit[:8]}-*.json"))
    values = [json.loads(path.read_text())["results"]["tiny.track_cost"][0] for path in found]
    for path in found if forget else ():
        for beside in path.parent.glob(f"{commit[:8]}-*"):
            beside.unlink()
    return values[0] if values else "none"


@pytest.mark.parametrize(
    ("verb", "why"),
    [
        ("dashboard", "is down"),
        ("dashboard", "hangs"),
        ("dashboard", "answers a login page"),
        ("dashboard", "answers 403"),
        ("dashboard", "answers 500"),
        ("survey", "hangs"),
        ("survey", "answers a login page"),
    ],
)
def test_what_is_cached_is_measured_and_the_rest_has_a_reason(
    measured: Project, tiny_index: LocalIndex, why: str, verb: str, fault: Faults
) -> None:
    where = MACHINES[verb]
    for version in ("v0.3.0", "v0.4.0"):
        number(measured, where, version, forget=True)
    measured.forget_freshness("tinyagent")
    had = (measured.root / "results" / "tiny" / "box").glob("*.json")
    before = {path: path.read_bytes() for path in had}
    with broken(tiny_index, why):
        done = subprocess.run(
            [sys.executable, "-P", "-c", VERB, verb],
            cwd=measured.root,
            env=measured.env | SHORT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    said = done.stdout
    assert done.returncode == 0 and "Traceback" not in said, said
    assert said.count("using the releases in results/tiny/releases.json") == 1, said
    assert (number(measured, where, "v0.3.0"), number(measured, where, "v0.4.0")) == ([3], None)
    for notes in (measured.root / "results" / "tiny" / where).glob("*.notes.txt"):
        assert "not installed for now: " in notes.read_text()
    kept = {path for path, text in before.items() if path.exists() and path.read_bytes() == text}
    then = "one line; what is in the caches is measured, the rest is tried again"
    fault(f"a broken package index: {verb}", map(str, before), map(str, kept), then)
