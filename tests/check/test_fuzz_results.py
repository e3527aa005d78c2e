"""Whatever lies in a target's folder: a verb reads it, or one line names what is broken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fuzz
import pytest
from check_project import Project, make
from hypothesis import given
from hypothesis import strategies as st

from harness.cli.main import main
from harness.rendering.lines import WIDTH
from harness.results.target import Target


class Commits:
    """A repository that asks no git, which would take most of the time."""

    def __init__(self, commits: list[str]) -> None:
        self.tags = {f"v0.{n}": commit for n, commit in enumerate(commits)}

    def get_revisions(self, commits: Any) -> dict[str, int]:
        known = list(self.tags.values())
        return {commit: known.index(commit) for commit in commits if commit in known}

    def get_tags(self) -> dict[str, str]:
        return self.tags

    def get_hash_from_name(self, name: str) -> str:
        from asv.repo import NoSuchNameError

        if name not in self.tags:
            raise NoSuchNameError(name)
        return self.tags[name]

    def pull(self) -> None:
        pass


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = make(tmp_path_factory.mktemp("project"))
    made.measure(0)
    made.measure(1)
    repo = Commits(made.commits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Target, "repo", property(lambda self: repo))
        patch.chdir(made.root)
        yield made


def names(project: Project) -> dict[str, Path]:
    """The files of a target, by what they are called here."""
    stem = project.stem(1)
    return {
        "results": Path(f"{stem}.json"),
        "benchmarks": project.results / "benchmarks.json",
        "machine": project.results / "lab" / "machine.json",
        "config": project.config,
        "notes": stem.with_name(f"{stem.name}.notes.txt"),
        "freeze": stem.with_name(f"{stem.name}.freeze.txt"),
        "validity": stem.with_name(f"{stem.name}.validity.txt"),
        "claims": project.results / "claims.toml",
    }


COMMANDS = (
    ["check"],
    ["check", "--format", "markdown"],
    ["check", "--all"],
    ["check", "--format", "junit", "v0.0", "v0.1"],
    ["report", "--output", "page.md"],
    ["baseline", "set", "x", "v0.1"],
    ["baseline", "list"],
)
FREEZE = "# mine==1.2\n# as of 2025-01-01, linux\nmine==1.2\nb @ file:///x\n"
NOTES = "latency.Counted.track_calls: n/a: no entry (For parameters: 'mine'; 'floor')\n"
VALIDITY = "seconds: 12.00\nload at start: 0.1\ninvalid: other processes used 0.5 of a core\n"
CLAIMS = 'text = "x"\n[levels]\np95 = "1 s"\n'
TEXTS = {"notes": NOTES, "freeze": FREEZE, "validity": VALIDITY, "claims": CLAIMS}


def contents(name: str, path: Path) -> st.SearchStrategy[bytes]:
    if name not in TEXTS:
        return fuzz.files(json.loads(path.read_text()))
    lines = st.sampled_from(TEXTS[name].splitlines()) | fuzz.words
    text = st.lists(lines, max_size=6).map("\n".join)
    return text.map(lambda each: each.encode("utf-8", "surrogateescape")) | st.binary(max_size=60)


@pytest.mark.parametrize("name", ["results", "benchmarks", "machine", "config", *TEXTS])
@given(data=st.data(), command=st.sampled_from(COMMANDS))
def test_a_file_of_a_target(project, name: str, data: st.DataObject, command: list[str]) -> None:
    path = names(project)[name]
    kept = path.read_bytes() if path.exists() else None
    path.write_bytes(data.draw(contents(name, path)))
    try:
        run(command, path)
    finally:
        path.write_bytes(kept) if kept is not None else path.unlink()
        shutil.rmtree(project.results / "baselines.toml", ignore_errors=True)


def run(command: list[str], path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        out, err = Lines(), Lines()
        patch.setattr("sys.stdout", out)
        patch.setattr("sys.stderr", err)
        status = main(command)
    lines = err.text.splitlines()
    assert status in (0, 1, 2), lines
    if status == 2:
        assert len(lines) == 1 and lines[0].startswith("harness: ") and not out.text, lines
        assert len(lines[0]) <= 3 * WIDTH


class Lines:
    """A stream that keeps what is written, as strict as a terminal."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        text.encode()
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass
