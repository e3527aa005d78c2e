"""Release histories as git: the same hashes everywhere, whatever is selected or added later."""

import shutil
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.history import repository, spec
from harness.history.errors import HistoryError
from harness.history.release import Release

START = datetime(2025, 1, 1, tzinfo=UTC)


@st.composite
def release_lists(draw: st.DrawFn) -> list[Release]:
    versions = draw(
        st.lists(
            st.from_regex(r"(1!)?[0-9]\.[0-9]{1,2}(rc1|\.dev2|\.post3)?", fullmatch=True),
            min_size=1,
            max_size=12,
            unique=True,
        )
    )
    # Few different times, so that some releases share one.
    hours = draw(st.lists(st.integers(0, 5), min_size=len(versions), max_size=len(versions)))
    return [
        Release(version, START + timedelta(hours=hour), draw(st.booleans()))
        for version, hour in zip(versions, hours, strict=True)
    ]


PACK = spec.parse("pypi:pack")


def build(path: Path, releases: list[Release], asked: spec.Spec = PACK) -> dict[str, str]:
    head = max(releases, key=lambda release: release.order)
    return repository.build(path, asked, releases, head)


@settings(max_examples=8, deadline=None)
@given(release_lists(), st.data())
def test_later_releases_change_no_earlier_hash(
    releases: list[Release], data: st.DataObject
) -> None:
    chain = sorted(releases, key=lambda release: release.order)
    count = data.draw(st.integers(1, len(chain)))
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "pack")
        earlier = build(path, chain[:count])
        everything = build(path, data.draw(st.permutations(releases)))
        assert list(everything) == [f"v{release.version}" for release in chain]
        assert list(everything.items())[:count] == list(earlier.items())
        shutil.rmtree(path)
        assert build(path, chain) == everything


def test_hashes_are_the_same_on_every_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("GIT_DIR", "elsewhere")
    chain = [Release("0.1", START), Release("0.2", START + timedelta(days=1))]
    assert build(tmp_path / "pack", chain) == {
        "v0.1": "642067c412421fb387d8ba3236d4268aa76be463",
        "v0.2": "b1b087a6904d4b5baef8ad7041f67692509e0fa1",
    }


def test_selection_only_moves_main(tmp_path: Path) -> None:
    chain = [
        Release("1.0", START),
        Release("1.1", START + timedelta(days=1), yanked=True),
        Release("2.0rc1", START + timedelta(days=2)),
    ]
    path = tmp_path / "usual"
    usual = repository.build(path, PACK, chain, chain[0])
    assert usual == build(tmp_path / "all", chain)
    assert git(path, "rev-parse", "HEAD") == usual["v1.0"]
    assert git(path, "fsck", "--strict") == ""


def test_a_commit_pins_its_release(tmp_path: Path) -> None:
    path = tmp_path / "pack"
    build(path, [Release("1.0", START)])
    assert git(path, "show", "main:requirements.txt") == "pack==1.0"
    assert git(path, "log", "-1", "--format=%s %ct %at") == "pack 1.0 1735689600 1735689600"
    assert git(path, "ls-tree", "--name-only", "main") == "requirements.txt"


def test_what_is_installed_beside_a_release_is_part_of_its_commit(tmp_path: Path) -> None:
    chain = [Release("1.0", START)]
    with_more = spec.parse("pypi:pack?extras=web,db&with=other")
    same = spec.parse("pypi:pack?with=Other&extras=db,web,web")
    usual = spec.parse("pypi:pack")
    assert with_more == same and with_more.flavour != usual.flavour == ""

    assert build(tmp_path / "more", chain, with_more) != build(tmp_path / "usual", chain, usual)
    text = git(tmp_path / "more", "show", "main:requirements.txt")
    assert text.splitlines() == ["pack[db,web]==1.0", "other"]


def test_an_interrupted_build_is_made_whole_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "pack"
    chain = [Release("1.0", START), Release("1.1", START + timedelta(days=1))]
    before = build(path, chain)
    (path / repository.STAMP).unlink()
    shutil.rmtree(path / "refs")
    assert build(path, chain) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["pack"]


def test_without_git_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HistoryError, match="git is not installed"):
        build(tmp_path / "pack", [Release("1.0", START)])


def git(path: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=path, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_options_of_the_repository() -> None:
    assert spec.parse("pypi:Green_Lang.cli") == spec.Spec("green-lang-cli")
    wanted = spec.parse("pypi:pack?last=2&since=1.1&pre=1&yanked=1")
    chain = [Release(v, START) for v in ("1.0", "1.1", "2.0rc1", "1.0.1", "2.0")]
    assert all(wanted.selects(release) for release in chain)
    assert [release.version for release in wanted.window(chain)] == ["2.0rc1", "2.0"]
    usual = spec.parse("pypi:pack")
    assert [r.version for r in chain if usual.selects(r)] == ["1.0", "1.1", "1.0.1", "2.0"]
    assert not usual.selects(Release("1.0", START, yanked=True))


# A 1.x line that goes on beside 2.x: version and day of upload.
LINES = [("1.0.0", 0), ("1.1.0", 31), ("2.0.0", 59), ("1.1.1", 73), ("2.1.0", 90), ("1.1.2", 104)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", ["1.0.0", "1.1.0", "2.0.0", "1.1.1", "2.1.0", "1.1.2"]),
        ("last=3", ["1.1.0", "2.0.0", "2.1.0"]),
        ("since=1.1", ["1.1.0", "2.0.0", "2.1.0"]),
        ("line=1", ["1.0.0", "1.1.0", "1.1.1", "1.1.2"]),
        ("line=1.1&last=2", ["1.1.1", "1.1.2"]),
        ("line=1&since=1.1.1", ["1.1.1", "1.1.2"]),
        ("per=month", ["1.0.0", "1.1.0", "2.0.0", "2.1.0"]),
        ("per=minor&line=1", ["1.0.0", "1.1.2"]),
        ("per=minor&since=1.1&last=2", ["2.0.0", "2.1.0"]),
    ],
)
def test_a_window_counts_one_line(options: str, expected: list[str]) -> None:
    chain = [Release(version, START + timedelta(days=day)) for version, day in LINES]
    window = spec.parse(f"pypi:pack?{options}").window(chain)
    assert [release.version for release in window] == expected


def test_of_each_month_the_last_release() -> None:
    chain = [Release(f"1.{day}", START + timedelta(days=day)) for day in (0, 2, 33, 40, 400)]
    window = spec.parse("pypi:pack?per=month").window(chain)
    assert [release.version for release in window] == ["1.2", "1.40", "1.400"]


@pytest.mark.parametrize(
    "text",
    [
        "pypi:",
        "pypi:a b",
        "pypi:pack[extra]",
        "pypi:pack?last=0",
        "pypi:pack?last=x",
        "pypi:pack?since=new",
        "pypi:pack?line=1.x",
        "pypi:pack?per=year",
        "pypi:pack?pre=yes",
        "pypi:pack?first=1",
        "pypi:pack?pre=1&pre=0",
        "pypi:pack?extras=",
        "pypi:pack?with=a,,b",
        "pypi:pack?with=a==1",
    ],
)
def test_a_bad_repository_is_one_line(text: str) -> None:
    with pytest.raises(HistoryError, match="bad repository") as caught:
        spec.parse(text)
    assert "\n" not in str(caught.value)
