"""Whatever lies in a target's folder: a verb reads it, or one line names what is broken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import fuzz
import pytest
from check_project import Project, make
from hypothesis import given
from hypothesis import strategies as st

from harness.results.target import Target


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = make(tmp_path_factory.mktemp("project"))
    made.measure(0)
    made.measure(1)
    repo = fuzz.Commits(made.commits)
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
        "code": stem.with_name(f"{stem.name}.code.txt"),
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
CODE = "latency.Counted.track_calls: 0123456789ab\nx: 1\n"
VALIDITY = "seconds: 12.00\nload at start: 0.1\ninvalid: other processes used 0.5 of a core\n"
CLAIMS = 'text = "x"\n[levels]\np95 = "1 s"\n'
TEXTS = {"notes": NOTES, "freeze": FREEZE, "code": CODE, "validity": VALIDITY, "claims": CLAIMS}


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
        assert fuzz.run(command) in (0, 1, 2)
    finally:
        path.write_bytes(kept) if kept is not None else path.unlink()
        shutil.rmtree(project.results / "baselines.toml", ignore_errors=True)
