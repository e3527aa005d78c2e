"""What becomes of a release, as asv sees it: its hash stays, and its place among the others."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from local_index import LocalIndex
from places import ROOT

from harness.history import releases
from harness.history.commit_history import CommitHistory
from harness.history.plugin import ReleaseHistory

FIRST = {
    "1.0.0": "2025-01-01T10:00:00Z",
    "1.1.0": "2025-02-01T10:00:00Z",
    "2.0.0": "2025-03-01T10:00:00Z",
    "1.1.1": "2025-03-15T10:00:00Z",
    "2.1.0": "2025-04-01T10:00:00Z",
    "1.1.2": "2025-04-15T10:00:00Z",
}
Serve = Callable[..., ReleaseHistory]


@pytest.fixture
def serve(only_this_index: LocalIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """The history on a machine that never asked before, beside results of these releases."""
    machines = iter(range(9))

    def asked(
        dates: dict[str, str | None], yanked: tuple[str, ...] = (), options: str = ""
    ) -> ReleaseHistory:
        only_this_index.projects.clear()
        for version, uploaded in dates.items():
            only_this_index.add("pack", version, uploaded, yanked=version in yanked)
        monkeypatch.setenv("AGENT_BENCHMARKS_CACHE", str(tmp_path / f"{next(machines)}"))
        history = ReleaseHistory(f"pypi:pack{options}", "", str(tmp_path))
        history.pull()
        history.keep(str(tmp_path))
        return history

    return asked


def without(*versions: str, **more: str | None) -> dict[str, str | None]:
    kept = {version: date for version, date in FIRST.items() if version not in versions}
    return {**kept, **{key.strip("v").replace("_", "."): date for key, date in more.items()}}


LATER = {
    "one deleted": without("1.1.0"),
    "several deleted": without("1.0.0", "2.0.0", "1.1.1"),
    "the newest deleted": without("2.1.0", "1.1.2"),
    "all but one deleted": without(*FIRST, v3_0_0="2025-05-01T00:00:00Z"),
    "a new one": without(v2_2_0="2025-05-01T00:00:00Z"),
    "an old line continued after a deletion": without("1.1.2", v1_1_3="2025-05-01T00:00:00Z"),
    "a date is missing": FIRST | {"1.1.0": None, "2.1.0": None},
    "all dates are missing": dict.fromkeys(FIRST),
    "a new one without a date": without(v2_2_0=None),
    "the same date twice": without(v2_1_1=FIRST["2.1.0"], v0_9_9=FIRST["1.0.0"]),
    "an earlier one appears": without(v0_9_0="2024-01-01T00:00:00Z"),
    "a pre-release between": without(v2_1_0rc1="2025-03-20T00:00:00Z"),
    "uploaded again later": FIRST | {"1.1.0": "2025-06-01T00:00:00Z"},
    "spelled otherwise": without("1.0.0", "2.0.0", v1_0=FIRST["1.0.0"], v2=FIRST["2.0.0"]),
}


@pytest.mark.parametrize("now", LATER.values(), ids=LATER)
def test_hashes_and_places_stay(serve: Serve, now: dict[str, str | None]) -> None:
    before, after = serve(FIRST), serve(now)
    assert before.get_tags().items() <= after.get_tags().items()
    assert set(before.get_branch_commits(None)) <= set(after.get_branch_commits(None))
    for version, parent in (("2.1.0", "2.0.0"), ("1.1.2", "1.1.1"), ("2.0.0", "1.1.0")):
        found = after.get_hash_from_parent(f"v{version}")
        assert after.get_name_from_hash(found) == f"v{parent}"
        assert after.get_hash_from_name(version) == before.get_hash_from_name(version)
    # And back again, on a third machine.
    again = serve(FIRST)
    assert after.get_tags().items() <= again.get_tags().items()


def test_a_yank_and_its_end_change_no_hash(serve: Serve) -> None:
    before, yanked, after = serve(FIRST), serve(FIRST, ("2.0.0",)), serve(FIRST)
    assert "v2.0.0" not in yanked.get_tags()
    assert yanked.get_tags().items() <= before.get_tags().items()
    assert yanked.get_hash_from_name("2.0.0") == before.get_hash_from_name("v2.0.0")
    assert after.get_tags() == before.get_tags()


def test_a_deleted_release_is_not_measured_again_but_by_name(serve: Serve) -> None:
    serve(FIRST)
    history = serve(without("1.1.0", "2.1.0"))

    def names(commits: list[str]) -> list[str | None]:
        return list(map(history.get_name_from_hash, commits))

    everything = names(history.get_new_branch_commits([None], []))
    assert everything == ["v1.1.2", "v1.1.1", "v2.0.0", "v1.0.0"]
    assert names([history.get_hash_from_name("main")]) == ["v2.0.0"]
    assert names(history.get_hashes_from_range("v1.0.0..v2.0.0")) == ["v2.0.0"]
    assert names(history.get_hashes_from_range("v1.0.0..v2.1.0")) == ["v2.1.0", "v2.0.0"]
    assert names(history.get_hashes_from_range("v1.1.0^!")) == ["v1.1.0"]
    window = serve(without("2.1.0"), options="?last=2")
    found = window.get_new_branch_commits([None], [])
    assert list(map(window.get_name_from_hash, found)) == ["v2.0.0", "v1.1.0"]


def test_a_spelling_of_a_version_does_not_matter(serve: Serve) -> None:
    history = serve({"1.0": "2025-01-01T00:00:00Z", "1.1": "2025-01-02T00:00:00Z"})
    assert history.get_hash_from_name("v1.0.0") == history.get_tags()["v1.0"]
    assert history.get_hashes_from_range("1.0.0..1.1.0") == [history.get_tags()["v1.1"]]


def test_a_list_is_written_when_it_tells_more_and_else_left_alone(
    serve: Serve, tmp_path: Path
) -> None:
    serve(FIRST)
    path = tmp_path / releases.BESIDE
    written = path.stat().st_ino
    serve(FIRST)
    assert path.stat().st_ino == written
    serve(without("1.1.0"))
    assert '"version": "1.1.0", "uploaded": "2025-02-01T10:00:00Z", "deleted"' in path.read_text()


TARGETS = sorted(path.parent for path in (ROOT / "results").glob("*/benchmarks.json"))


@pytest.mark.parametrize("results", TARGETS, ids=lambda path: path.name)
def test_results_that_are_committed_stay_in_their_history(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_BENCHMARKS_CACHE", str(tmp_path))
    (config,) = (
        document
        for file in (ROOT / "asv.conf.json", *(ROOT / "targets").glob("*.json"))
        if (file.parent / (document := json.loads(file.read_text()))["results_dir"]).resolve()
        == results
    )
    of = CommitHistory if CommitHistory.url_match(config["repo"]) else ReleaseHistory
    history = of(config["repo"], "", str(results))
    files = list(results.glob("*/*-*.json"))
    assert files
    for path in files:
        assert history.knows(json.loads(path.read_text())["commit_hash"]), path
