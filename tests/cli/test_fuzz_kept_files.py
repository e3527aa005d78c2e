"""Whatever stands in a file that another process, machine or person has written: documents and
lists beside results, journals of a run that was killed, and what a pull request hands over.
"""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import fuzz
import pytest
from check_project import Project, make, times
from fake_github import event, pull
from hypothesis import given
from hypothesis import strategies as st

from harness.check import attribution, documents, known, stored
from harness.cli import released
from harness.cli.handed_over import NAME
from harness.cli.packing import pack
from harness.common import asked
from harness.history import cached, commits, functions, guard, unfinished
from harness.instruments import steady
from harness.instruments.counters.functions import SPOOL
from harness.results.target import Target, opened
from harness.session.session import _Journal, cell


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = make(tmp_path_factory.mktemp("kept"), 2)
    made.measure(0, machine="ci")
    made.measure(1, times({"latency.Counted.track_calls": 1.2}), machine="ci")
    repo = fuzz.Commits(made.commits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Target, "repo", property(lambda self: repo))
        patch.setattr(known, "FOLDER", made.root / "known")
        patch.chdir(made.root)
        yield made


@pytest.fixture(scope="module")
def handed_over(project: Project) -> Any:
    with opened(project.config) as target:
        found = target.results("ci", None)
        return json.loads(pack(target, *(target.commit(each, found) for each in project.commits)))


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(NAME, content)
    return buffer.getvalue()


@pytest.mark.parametrize("which", ["artifact", "zip", "event", "pulls"])
@given(data=st.data())
def test_what_a_pull_request_hands_over(project, handed_over, which, data) -> None:
    head = project.commits[1]
    whole = {"artifact": handed_over, "event": event(head), "pulls": [pull(head)]}
    for name, document in whole.items():
        Path(name).write_text(json.dumps(document))
    if which == "zip":
        content = zipped(data.draw(fuzz.files(handed_over)))
        end = data.draw(st.none() | st.integers(0, len(content)))
        Path("artifact").write_bytes(content[:end])
    else:
        Path(which).write_bytes(data.draw(fuzz.files(whole[which])))
    paths = ["--event=event", "--pulls=pulls", "--output=output"]
    assert fuzz.run(["ci", "comment", "artifact", *paths, "--runtime", "mine"]) in (0, 2)


@pytest.fixture(scope="module")
def document(project: Project) -> Any:
    return json.loads(stored.text(documents.document(project.config)))


VERBS = (
    ["findings", "--json", "-"],
    ["upgrade", "demo", "v0.0", "v0.1", "--all"],
    ["upgrade", "demo", "0.0"],
)


@given(data=st.data(), command=st.sampled_from(VERBS))
def test_documents(project, document, data, command) -> None:
    known.FOLDER.mkdir(exist_ok=True)
    content = data.draw(fuzz.files(document | {"target": "demo", "package": "demo"}))
    (known.FOLDER / "demo.json").write_bytes(content)
    with contextlib.chdir(known.FOLDER):  # where no configuration is
        assert fuzz.run(command) in (0, 2)


@pytest.mark.parametrize("groups", [0, 1])
def test_a_document_without_releases(project, document, groups: int) -> None:
    empty: dict[str, Any] = {"releases": [], "rows": [], "pairs": []}
    known.FOLDER.mkdir(exist_ok=True)
    content = {"groups": [each | empty for each in document["groups"][:groups]]}
    path = known.FOLDER / "demo.json"
    path.write_text(json.dumps(document | {"target": "demo", "package": "demo"} | content))
    with contextlib.chdir(known.FOLDER):
        assert fuzz.run(["upgrade", "demo", "v0.0"]) == 2


ROW = {"label": "a(1)", "grade": "counts", "unit": "calls", "old": 1, "new": 2, "parts": []}


@given(content=fuzz.files({"schema": 1, "attributions": [{"base": "v1", "rows": [ROW]}]}))
def test_attributions(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / attribution.ATTRIBUTIONS
    path.write_bytes(content)
    line = fuzz.refusal(lambda: attribution.read(path.parent))
    assert not line or path.name in line


SOURCE = commits.parse("commits:https://h.invalid/a?paths=p")
COMMITS = {"hash": "a" * 40, "parent": "", "date": "2025-01-01T00:00:00Z", "subject": "x"}


@given(content=fuzz.files(SOURCE.what | {"commits": [COMMITS, COMMITS | {"hash": "b" * 40}]}))
def test_lists_of_commits(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed-commits.json"
    path.write_bytes(content)
    line = fuzz.refusal(lambda: commits.read(path, SOURCE))
    assert not line or path.name in line


CELL = cell("calls_run", "floor", entry="threads")
ENTRY = {"figures": {"calls": 3.0}, "seconds": 0.5, "functions": {"f (a.py)": 3}}
LINES = {
    asked.CELLS: [CELL.label, ENTRY],
    unfinished.ROUNDS: ['["a", {}]', {"result": [[1.0], None]}],
    SPOOL: [CELL.label, {"f (a.py)": 3}],
    steady.FILE: [0.1, 0.2],
}


@given(data=st.data())
def test_journals(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    place = tmp_path_factory.getbasetemp() / "fuzzed-journals"
    place.mkdir(exist_ok=True)
    for name, line in LINES.items():
        lines = data.draw(st.lists(fuzz.files(line), max_size=3))
        (place / name).write_bytes(b"\n".join(lines))
    with mock.patch.dict("os.environ", {asked.FOLDER: str(place)}):
        _read_journals(place)
        for name in LINES:
            asked.forget_failures(place / name)
        _read_journals(place)


def _read_journals(place: Path) -> None:
    (outcome,) = _Journal([CELL]).outcomes.values()
    assert outcome.processes >= 0
    assert all(isinstance(each, list) for kept in unfinished.rounds().values() for each in kept)
    assert all(each.waited < 2 or each.waited for each in steady.kept(place))
    spool = (place / SPOOL).read_bytes()
    functions.file_away(place / SPOOL, place / "a.functions.gz")
    (place / SPOOL).write_bytes(spool)


@given(text=fuzz.words | st.lists(fuzz.words, max_size=4).map("\n".join))
def test_locks(text: str) -> None:
    line = guard._in_use(Path("results/box/run.lock"), text)
    assert "if it is gone, remove run.lock" in line


ABOUT = {"package": "a", "version": "1", "as_of": "2025-01-01T00:00:00Z", "installed": ["a==1"]}


@given(content=fuzz.files(ABOUT))
def test_what_is_known_of_an_environment(tmp_path_factory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "environment" / cached.ABOUT
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    assert cached._read(path.parent) is None  # there is no interpreter


CONFIG = {
    "repo": "pypi:a",
    "results_dir": "results",
    "matrix": {"env_nobuild": {"AGENT_RUNTIME": ["floor"]}},
}


@given(content=fuzz.files(CONFIG))
def test_configurations(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.conf.json"
    path.write_bytes(content)
    found = released._read(path)
    assert found is None or found.repo.startswith(("pypi:", "commits:"))
