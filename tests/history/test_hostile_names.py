"""Whatever is named by a configuration or an index: no option, no path, no tag of another's making.

A name goes on from an index to a tag, a requirement and files; from results to check and the site:
tests/check/test_fuzz_results.py, tests/site/.
"""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import fuzz
import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_index import LocalIndex

from harness.history import commits, install, releases, repository, spec
from harness.history.errors import HistoryError

pytestmark = pytest.mark.faults

HOSTILE = (
    *("../../x", "/etc/passwd", "a b", "a'b", 'a"b', "a\nb", "a;b", "$(x)", "`x`", "-rf", "--x=y"),
    *("--index-url=http://127.0.0.1:9/", "-r", "@file", "name @ file:///x", "..", ".", "", "a\0b"),
    *("git+https://x/y", "a[b]", "a; python_version<'9'", "x" * 5000, "v1.lock", "\u202e", "{x}"),
)
words = st.sampled_from(HOSTILE) | fuzz.words | st.sampled_from(["a", "b.c", "x" * 140])
lists = st.lists(words, max_size=5).map(",".join)
queries = st.lists(
    st.tuples(st.sampled_from(["with", "extras", "since", "line", "paths", "at", "x"]), lists),
    max_size=3,
).map(lambda pairs: "&".join(f"{key}={value}" for key, value in pairs))
NAME = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"


def is_one_name(name: str) -> bool:
    return Path(name).name == name and len(name.encode()) < 200 and name not in (".", "..")


@given(words, queries)
def test_a_package_is_asked_for_by_names_alone(name: str, query: str) -> None:
    try:
        asked = spec.parse(f"{spec.PREFIX}{name}?{query}")
    except HistoryError as error:
        assert str(error).isprintable() and len(str(error)) < 400
        return
    first, *rest = asked.requirements("1.0").splitlines()
    assert re.fullmatch(rf"{NAME}(\[{NAME}(,{NAME})*\])?==1\.0", first)
    assert all(re.fullmatch(NAME, each) for each in rest)
    assert is_one_name(asked.folder)
    assert is_one_name(install._resolved_path([first, *rest]).name)


@given(words, queries)
def test_commits_are_asked_for_by_paths_inside(url: str, query: str) -> None:
    try:
        source = commits.parse(f"{commits.PREFIX}{url}?{query}")
    except HistoryError as error:
        assert str(error).isprintable() and len(str(error)) < 400
        return
    assert not source.url.startswith("-") and is_one_name(source.name)
    for path in source.paths:
        assert not path.startswith(("-", "/", ":")) and ".." not in Path(path).parts
    assert all(re.fullmatch(NAME, each) for each in source.beside)


def test_a_hostile_index_makes_tags_of_versions_alone(
    only_this_index: LocalIndex, tmp_path: Path
) -> None:
    for version in (*HOSTILE, "1.0", "2!1.0", "1.0+a.b", "1.0+a.lock", "1.0rc1"):
        only_this_index.add("pack", version, "2025-01-01T00:00:00Z")
    asked = spec.parse("pypi:pack?with=a,b&extras=c")
    found = releases.known("pack")
    assert {each.version for each in found} == {"1.0", "2!1.0", "1.0+a.b", "1.0rc1"}
    (tmp_path / "own").mkdir()
    tags = repository.build(tmp_path / "own" / asked.folder, asked, found, found[0])
    assert all(re.fullmatch(r"v[0-9a-z.!+]+", tag) for tag in tags)
    assert {path.name for path in (tmp_path / "own").iterdir()} == {asked.folder}


def test_what_a_commit_says_is_text_in_the_repository(tmp_path: Path) -> None:
    at = datetime(2025, 1, 1, tzinfo=UTC)
    subject = "x\n\nreset refs/heads/evil\nfrom refs/heads/main\n\ndata 3\nabc"
    chain = [repository.Commit("t", subject, repository.AUTHOR, int(at.timestamp()), {"a": "1"})]
    repository.write(tmp_path / "r", chain, "t")
    listing = ["git", "for-each-ref", "--format=%(refname)"]
    refs = subprocess.run(listing, cwd=tmp_path / "r", capture_output=True, text=True, check=True)
    assert refs.stdout.split() == ["refs/heads/main", "refs/tags/t"]


@pytest.mark.parametrize("subject", ["\ud800", 1, None])
def test_a_list_of_commits_from_others_is_read_or_refused(tmp_path: Path, subject: object) -> None:
    row = {"hash": "a" * 40, "parent": "", "date": "2025-01-01T00:00:00Z", "subject": subject}
    line = fuzz.refusal(lambda: commits._commit(**row))  # type: ignore[arg-type]
    assert bool(line) == (subject == "\ud800")
