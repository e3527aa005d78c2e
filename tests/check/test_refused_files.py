"""Results folders from others: a link, a pipe or a name of another place is refused in one line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import fuzz
import pytest
import small_disk
from check_project import Project, make
from faults import Faults

from harness.results.target import BadInput, opened


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = make(tmp_path_factory.mktemp("project"))
    made.measure(0)
    made.measure(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made.root)
        yield made


def elsewhere(root: Path) -> Path:
    """A file that is not in the results."""
    (path := root / "elsewhere").touch()
    return path


TRICKS: dict[str, Callable[[Path], object]] = {
    "a link to a file": lambda path: path.symlink_to("/etc/passwd"),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "a link to a folder": lambda path: path.symlink_to("/etc"),
    "another name of a file": lambda path: os.link(elsewhere(path.parents[2]), path),
    "a pipe": os.mkfifo,
    "an endless file": lambda path: os.truncate(path.open("w").name, 2**40),
}


@pytest.mark.parametrize("name", ["other", "abcdef12-x.json", "abcdef12-x.notes.txt"])
@pytest.mark.parametrize("trick", TRICKS)
def test_what_is_no_file_of_its_own_is_refused(
    measured: Project, trick: str, name: str, fault: Faults
) -> None:
    path = measured.results / "lab" / name
    before = small_disk.content(measured.results)
    TRICKS[trick](path)
    try:
        for command in (["check"], ["baseline", "set", "x"], ["report", "--output", "page.md"]):
            assert fuzz.run(command) == 2
        with pytest.raises(BadInput, match="is refused") as caught, opened(measured.config):
            pass
        assert name in str(caught.value)
    finally:
        path.unlink()
    assert fuzz.run(["baseline", "list"]) == 0
    kept = {n for n, text in small_disk.content(measured.results).items() if before[n] == text}
    then = "refused in one line, before anything is read or written"
    fault("a results folder from others: no files of its own", before, kept, then)


@pytest.mark.parametrize("name", ["../lab", "..", "/etc", "a/b", ""])
def test_a_machine_is_no_path(measured: Project, name: str) -> None:
    path = measured.results / "lab" / "machine.json"
    kept = path.read_text()
    path.write_text(json.dumps(json.loads(kept) | {"machine": name}))
    try:
        assert fuzz.run(["check"]) == 2
    finally:
        path.write_text(kept)


def test_deep_json_is_refused(measured: Project) -> None:
    path = measured.results / "lab" / "abcdef12-x.json"
    path.write_text("[" * 100_000)
    try:
        assert fuzz.run(["check"]) == 2
    finally:
        path.unlink()
