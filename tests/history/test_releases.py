"""The kept list of releases: whatever becomes of them, no hash that exists changes."""

import json
import os
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from local_index import LocalIndex
from packaging.version import Version

from harness.history import releases, repository, spec
from harness.history.errors import HistoryError
from harness.history.release import Release
from harness.history.releases import merge

START = datetime(2025, 1, 1, tzinfo=UTC)
NOBODY = "http://127.0.0.1:9/simple/"
PACK = spec.parse("pypi:pack")

# Few versions and times: many are spelled in two ways, uploaded at once, or again.
told = st.builds(
    Release,
    st.sampled_from(("1.0", "1.0.0", "1.1", "1.1.1", "2.0rc1", "2", "2.0", "2.1", "1!0.1")),
    st.integers(0, 5).map(lambda hour: START + timedelta(hours=hour)),
    st.booleans(),
)
answers = st.lists(told, max_size=9, unique_by=lambda each: Version(each.version))


def hashes(found: list[Release]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as scratch:
        return repository.build(Path(scratch, "pack"), PACK, found, found[0]) if found else {}


@settings(max_examples=15)
@given(st.lists(answers, max_size=5), st.lists(st.booleans(), min_size=5, max_size=5))
def test_no_hash_changes_whatever_the_index_tells(
    every: list[list[Release]], complete: list[bool]
) -> None:
    found: list[Release] = []
    before: dict[str, str] = {}
    for answer, is_complete in zip(every, complete, strict=False):
        found = merge(found, answer, is_complete)
        after = hashes(found)
        assert before.items() <= after.items()
        assert {Version(each.version) for each in answer} <= {Version(e.version) for e in found}
        assert merge(found, answer, is_complete) == found
        before = after


@given(answers, answers)
def test_what_became_of_a_release_is_what_was_told_last(
    first: list[Release], last: list[Release]
) -> None:
    found = {Version(e.version): e for e in merge(merge([], first), last, complete=True)}
    now = {Version(each.version): each.yanked for each in last}
    assert {version for version, each in found.items() if not each.deleted} == now.keys()
    assert all(found[version].yanked == yanked for version, yanked in now.items())


@settings(max_examples=8)
@given(answers, answers)
def test_late_releases_get_the_same_hashes_in_any_order(
    first: list[Release], more: list[Release]
) -> None:
    kept = merge([], [Release("0.1", START - timedelta(days=1)), *first])
    late = [replace(each, uploaded=START - timedelta(days=2)) for each in more]
    at_once = merge(kept, late)
    one_by_one = kept
    for each in reversed(late):
        one_by_one = merge(one_by_one, [each])
    assert hashes(one_by_one) == hashes(at_once)


@given(answers, answers)
def test_a_file_gives_back_what_was_kept(first: list[Release], last: list[Release]) -> None:
    found = merge(merge([], first), last, complete=True)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "results", "releases.json")
        releases.keep(path, "pack", found)
        assert (releases.read(path, "pack") if found else []) == found


def test_what_a_file_has_learned_meanwhile_is_not_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "releases.json"
    ours, theirs = Release("1.0", START), Release("1.1", START + timedelta(days=1))
    releases.keep(path, "pack", [ours, theirs])
    releases.keep(path, "pack", [ours])
    assert releases.read(path, "pack") == [ours, theirs]


ROW = {"version": "1.0", "uploaded": "2025-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "<<<<<<< ours",
        '{"package": "pack"}',
        '{"package": "pack", "releases": 1}',
        *(
            json.dumps({"package": "pack", "releases": rows})
            for rows in (
                [ROW, ROW],
                [ROW, ROW | {"version": "1.0.0"}],
                [["1.0", "2025-01-01T00:00:00Z", False]],
                [ROW | {"version": "v1.0"}],
                [ROW | {"version": 1}],
                [ROW | {"uploaded": "2025-01-01T00:00:00"}],
                [ROW | {"uploaded": "1969-01-01T00:00:00Z"}],
                [ROW | {"uploaded": "0001-01-01T00:00:00+23:00"}],
                [ROW | {"yanked": "no"}],
                [ROW | {"new": True}],
            )
        ),
        "[" * 100_000,
    ],
)
def test_a_broken_list_is_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "releases.json"
    path.write_text(content)
    with pytest.raises(HistoryError, match="is no list of releases: restore it"):
        releases.known("pack", path)
    assert path.read_text() == content


def test_the_list_of_another_package_is_one_line(tmp_path: Path) -> None:
    releases.keep(tmp_path / "releases.json", "other", [Release("1.0", START)])
    with pytest.raises(HistoryError, match="is of other, not of pack"):
        releases.known("pack", tmp_path / "releases.json")


def test_a_fresh_list_is_not_asked_again(only_this_index: LocalIndex) -> None:
    only_this_index.add("pack", "1.0", "2025-01-01T00:00:00Z")
    first = releases.known("pack", renew=True)
    assert releases.known("pack", renew=True) == first
    assert len(only_this_index.asked) == 1
    grow_old(days=1)
    assert releases.known("pack") == first
    assert len(only_this_index.asked) == 1
    releases.known("pack", renew=True)
    assert len(only_this_index.asked) == 2


def grow_old(days: int) -> None:
    path = releases.cache_dir() / "releases" / "pack.json"
    then = path.stat().st_mtime - days * 86_400
    os.utime(path, (then, then))


def test_without_network_the_kept_list_serves_and_its_age_is_told(
    only_this_index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_this_index.add("pack", "1.0", "2025-01-01T00:00:00Z")
    before = releases.known("pack")
    grow_old(days=1)
    monkeypatch.setenv("UV_DEFAULT_INDEX", NOBODY)
    lines: list[str] = []
    assert releases.known("pack", renew=True, warn=lines.append) == before
    (line,) = lines
    assert "no usable answer" in line and "using the releases as of " in line


def test_an_old_answer_of_the_index_deletes_nothing(
    only_this_index: LocalIndex, tmp_path: Path
) -> None:
    """The list came with git, and is younger than what this machine has asked."""
    only_this_index.add("pack", "1.0", "2025-01-01T00:00:00Z")
    (old,) = releases.known("pack")
    grow_old(days=30)
    new = replace(old, version="1.1", uploaded=START + timedelta(days=1))
    younger = [replace(old, yanked=True), new]
    releases.keep(tmp_path / "releases.json", "pack", younger)
    assert releases.known("pack", tmp_path / "releases.json") == younger


def test_a_broken_cache_is_asked_anew(only_this_index: LocalIndex) -> None:
    only_this_index.add("pack", "1.0", "2025-01-01T00:00:00Z")
    before = releases.known("pack")
    kept = releases.cache_dir() / "releases" / "pack.json"
    for text in ("", "{", "[]", '{"format": 1, "asked": 1e12, "releases": [["x", "y", 0]]}'):
        kept.write_text(text)
        assert releases.known("pack") == before
        assert json.loads(kept.read_text())["releases"]


@pytest.mark.parametrize("answer", [b"[]", b"{}", b"<html>"])
def test_an_index_that_knows_nothing_any_more_changes_nothing(
    only_this_index: LocalIndex, tmp_path: Path, answer: bytes
) -> None:
    only_this_index.add("pack", "1.0", "2025-01-01T00:00:00Z")
    beside = tmp_path / "releases.json"
    before = releases.known("pack")
    releases.keep(beside, "pack", before)
    only_this_index.pages["pack"] = (200, "text/html", answer)
    for kept in (None, beside):
        grow_old(days=1)
        lines: list[str] = []
        assert releases.known("pack", kept, renew=True, warn=lines.append) == before
        assert len(lines) == 1
    del only_this_index.pages["pack"], only_this_index.projects["pack"]
    grow_old(days=1)
    assert releases.known("pack", beside, renew=True, warn=lines.append) == before
    assert "unknown package 'pack'" in lines[-1]
