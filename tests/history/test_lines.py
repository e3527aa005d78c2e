"""Maintenance lines: which release came from which, for every command and page."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.version import Version

from harness.history import releases
from harness.history.plugin import ReleaseHistory
from harness.history.release import Release, line
from harness.results import result
from harness.results.result import KEPT, Result
from harness.site.release_page import changed_packages

START = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = {"1.0.0": 0, "1.1.0": 31, "2.0.0": 59, "1.1.1": 73, "2.1.0": 90, "1.1.2": 104}
BEFORE = {
    "1.0.0": [],
    "1.1.0": ["1.0.0"],
    "2.0.0": ["1.0.0", "1.1.0"],
    "1.1.1": ["1.0.0", "1.1.0"],
    "2.1.0": ["1.0.0", "1.1.0", "2.0.0"],
    "1.1.2": ["1.0.0", "1.1.0", "1.1.1"],
}


def release(version: str, yanked: bool = False) -> Release:
    return Release(version, START + timedelta(days=DAYS[version]), yanked)


@pytest.mark.parametrize("version", DAYS)
def test_a_release_came_from_the_highest_lower_version_that_was_out(version: str) -> None:
    orders = {each: release(each).order for each in DAYS}
    assert line(version, orders) == [*BEFORE[version], version]


History = Callable[..., ReleaseHistory]


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    """The releases as asv sees them, by the options of the repository; some may be yanked."""

    def made(options: str = "", yanked: tuple[str, ...] = ()) -> ReleaseHistory:
        listed = [release(version, version in yanked) for version in DAYS]
        monkeypatch.setattr(releases, "known", lambda *told: listed)
        monkeypatch.setenv("AGENT_BENCHMARKS_CACHE", str(tmp_path))
        return ReleaseHistory(f"pypi:tinyagent{options}", "")

    return made


def names(releases: ReleaseHistory, commits: list[str]) -> list[str]:
    return [str(releases.get_name_from_hash(commit)) for commit in commits]


@pytest.mark.parametrize("version", [version for version in DAYS if BEFORE[version]])
def test_continuous_compares_with_it(history: History, version: str) -> None:
    releases = history()
    before = releases.get_hash_from_parent(f"v{version}")
    assert releases.get_name_from_hash(before) == f"v{BEFORE[version][-1]}"


def test_what_is_not_selected_is_the_base_of_none(history: History) -> None:
    releases = history(yanked=("2.0.0",))
    assert names(releases, [releases.get_hash_from_parent("2.1.0")]) == ["v1.1.1"]
    assert names(releases, [releases.get_hash_from_parent("2.0.0")]) == ["v1.1.0"]  # by name


def test_the_first_release_came_from_none(history: History) -> None:
    with pytest.raises(SystemExit):
        history().get_hash_from_parent("v1.0.0")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("v1.0.0..v2.1.0", ["v2.1.0", "v2.0.0", "v1.1.0"]),
        ("v1.1.1..v2.1.0", ["v2.1.0", "v2.0.0"]),
        ("v1.1.2..v2.1.0", ["v2.1.0", "v2.0.0"]),
        ("2.0.0..1.1.2", ["v1.1.2", "v1.1.1"]),
        ("v1.1.0..", ["v2.1.0", "v2.0.0"]),
        ("main", ["v2.1.0", "v2.0.0", "v1.1.0", "v1.0.0"]),
        ("v1.1.1^!", ["v1.1.1"]),
        ("-n 1 main", ["v2.1.0"]),
    ],
)
def test_a_range_follows_one_line(history: History, wanted: str, expected: list[str]) -> None:
    releases = history()
    assert names(releases, releases.get_hashes_from_range(wanted)) == expected


def test_a_window_counts_the_main_line_whatever_was_uploaded_last(history: History) -> None:
    releases = history("?last=2")
    assert names(releases, releases.get_new_branch_commits([None], [])) == ["v2.1.0", "v2.0.0"]
    # A fix of an old line that was measured by hand hides nothing that is new.
    fix = releases.get_hash_from_name("1.1.2")
    assert len(releases.get_new_branch_commits([None], [fix])) == 2
    releases = history("?line=1.1&last=2")
    assert names(releases, releases.get_new_branch_commits([None], [])) == ["v1.1.2", "v1.1.1"]


def test_main_is_the_highest_version_and_no_hash_hangs_on_it(history: History) -> None:
    usual, old = history(), history("?line=1")
    assert names(usual, [usual.get_hash_from_name("main")]) == ["v2.1.0"]
    assert usual.get_tags() == old.get_tags()
    assert names(old, [old.get_hash_from_name("main")]) == ["v1.1.2"]
    assert len(usual.get_branch_commits(None)) == len(DAYS)


def test_an_unknown_line_is_one_line(history: History) -> None:
    with pytest.raises(SystemExit):
        history("?line=9")


def test_graphs_stand_in_the_order_of_versions(history: History) -> None:
    releases = history()
    places = releases.get_revisions(list(releases.get_tags().values()))
    ordered = names(releases, sorted(places, key=places.__getitem__))
    assert ordered == [f"v{version}" for version in sorted(DAYS, key=Version)]


@pytest.fixture
def results(tmp_path: Path) -> dict[str, Result]:
    """A result of each release by version, in the order of upload, with what was installed."""
    made = {}
    for version, day in DAYS.items():
        moment = 1000 * (START + timedelta(days=day)).timestamp()
        told = {"commit_hash": version, "date": moment, "params": {"machine": "m"}}
        asv = SimpleNamespace(**{key: {} for key in KEPT} | told | {"env_name": "e"})
        stem = tmp_path / version
        stem.with_name(f"{version}.freeze.txt").write_text(
            f"# tinyagent=={version} psutil\n# as of then\ntinyagent=={version}\n"
        )
        made[version] = Result(asv, stem, {})
    return made


def test_results_are_judged_against_those_that_they_came_from(results: dict[str, Result]) -> None:
    found = list(results.values())
    for i, each in enumerate(found):
        led_to = [before.version for before in result.line(each, found[:i])]
        assert led_to == BEFORE[each.version]
    ordered = [each.version for each in sorted(found, key=lambda each: each.order)]
    assert ordered == sorted(DAYS, key=Version)


def test_a_page_tells_what_changed_since_the_release_it_came_from(
    results: dict[str, Result],
) -> None:
    changes = changed_packages(sorted(results.values(), key=lambda each: each.order, reverse=True))
    assert {stem.name: told for stem, told in changes.items()} == {
        version: [f"tinyagent {before[-1]} → {version}"]
        for version, before in BEFORE.items()
        if before
    }


def test_commits_without_a_version_follow_their_order(results: dict[str, Result]) -> None:
    found = list(results.values())
    Path(f"{found[2].stem}.freeze.txt").unlink()
    assert result.line(found[3], found[:3]) == found[:3]
    tags = dict(itertools.zip_longest(found, DAYS))
    assert result.line(found[3], found[:3], tags.__getitem__) == found[:2]
