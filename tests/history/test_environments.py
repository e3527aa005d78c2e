"""Environments of releases in the cache: made once, whole or not at all, and found again."""

import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
import tiny_project
from broken_index import broken
from local_index import LocalIndex

from harness.common import children
from harness.history import cached, environments, repository
from harness.history.cached import Environment
from harness.history.commits import Source
from harness.history.environments import environment
from harness.history.errors import HistoryError


@pytest.fixture
def index(local_index: LocalIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalIndex:
    """A package index with the tiny packages, before the usual one; an empty cache."""
    tiny_project.fill(local_index)
    for name, value in tiny_project.environment(tmp_path, local_index).items():
        if name != "HOME":
            monkeypatch.setenv(name, value)
    return local_index


def test_a_release_is_installed_as_of_its_day_and_then_found_without_an_index(
    index: LocalIndex,
) -> None:
    said: list[str] = []
    made = environment("tinyagent", "0.1", say=said.append)
    assert said == ["installing tinyagent 0.1.0 as of 2025-01-01 ..."]
    assert {"tinyagent==0.1.0", "tinydep==1.0"} <= set(made.installed)
    assert (made.package, made.version) == ("tinyagent", "0.1.0")
    assert _numbers(made) == [1, 1]
    index.down = True
    assert environment("tinyagent", "0.1.0", say=said.append) == made
    assert len(said) == 1
    with pytest.raises(HistoryError, match=r"^tinyagent==0\.2\.0 cannot be installed: the package"):
        environment("tinyagent", "0.2.0")
    assert cached.every() == [made]
    cached.remove([made])
    assert cached.every() == []
    assert [each.name for each in made.folder.parent.iterdir()] == ["lock"]


@pytest.mark.slow
def test_a_release_with_what_another_day_or_a_pin_gives_it(index: LocalIndex) -> None:
    later = environments.find("tinyagent", "0.3.0").uploaded
    new = environment("tinyagent", "0.1.0", as_of=later)
    assert _numbers(new) == [1, 2]
    pinned = environment("tinyagent", "0.1.0", pins={"tinydep": "3.0", "tinybroken": "1.0"})
    assert _numbers(pinned) == [1, 3]
    assert not [each for each in pinned.installed if each.startswith("tinybroken")]
    same = environment("tinyagent", "0.1.0", pins=["tinybroken==1.0", "tinydep==3.0"])
    assert same == pinned


@pytest.mark.slow
def test_an_install_that_was_interrupted_is_made_anew(
    index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", lambda *args, **options: None)  # as after kill -9
        patched.setattr(children, "call", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            environment("tinyagent", "0.1.0")
    (left,) = (path for path in cached._root().iterdir() if path.is_dir())
    (left / "half").touch()
    assert cached.every() == []
    made = environment("tinyagent", "0.1.0")
    assert made.folder == left
    assert not (left / "half").exists()
    assert _numbers(made) == [1, 1]


@pytest.mark.slow
def test_what_cannot_be_had_is_one_line_and_leaves_nothing(index: LocalIndex) -> None:
    for package, version, reason in (
        ("tinyagent", "7", "tinyagent has no release 7; the newest are 0.3.0, 0.4.0rc1, 0.4.0"),
        ("tinyagent", "../x", "'../x' is no version of a package"),
        ("../tiny", "1", "no package name"),
        ("tinynone", "1", "unknown package 'tinynone'"),
        ("tinybroken", "1.1", "tinybroken==1.1 cannot be installed: Because .*tinydep==99"),
    ):
        with pytest.raises(HistoryError, match=reason):
            environment(package, version)
    with pytest.raises(HistoryError, match="a pin is name==version, not 'tinydep'"):
        environment("tinyagent", "0.1.0", pins=["tinydep"])
    assert [path.name for path in cached._root().iterdir()] == ["lock"]


@pytest.mark.slow
def test_a_login_page_that_uv_keeps_is_forgotten_when_the_index_is_back(
    index: LocalIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    environments.find("tinyagent", "0.2.0")
    with broken(index, "answers a login page"):
        monkeypatch.setattr(index, "kept", True)  # other tests have the same index
        with pytest.raises(HistoryError, match="the package index has no usable answer"):
            environment("tinyagent", "0.2.0")
    assert _numbers(environment("tinyagent", "0.2.0")) == [1, 2]


@pytest.mark.slow
def test_a_login_page_in_place_of_a_wheel_is_the_fault_of_the_index(
    index: LocalIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    with monkeypatch.context() as signed_out:
        for name in index.files:
            signed_out.setitem(index.files, name, b"<html><form>Sign in</form></html>")
        with pytest.raises(HistoryError, match="the package index has no usable answer"):
            environment("tinyagent", "0.2.0")
    assert _numbers(environment("tinyagent", "0.2.0")) == [1, 2]


@pytest.mark.slow
def test_a_commit(index: LocalIndex, tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    commit = {"tiny/__init__.py": "COST = 5\n", "tinyagent.py": "from tiny import COST\n"}
    chain = [repository.Commit("one", "first", repository.AUTHOR, 1_740_000_000, commit)]
    (sha,) = repository.write(origin, chain, "one").values()
    source = Source(str(origin), ("tiny", "tinyagent.py"), ("tinydep",))
    made = environments.of_commit(source, sha[:8])
    assert made.version == sha[:12]
    assert made.as_of == datetime.fromisoformat("2025-02-19T21:20:00+00:00")
    assert _numbers(made) == [5, 2]
    with pytest.raises(HistoryError, match="no commit 1234567 of"):
        environments.of_commit(source, "1234567")


def _interrupt(*args: object, **options: object) -> None:
    raise KeyboardInterrupt


def _numbers(of: Environment) -> list[int]:
    """What it runs: the cost of tinyagent, and the number of what it depends on."""
    code = "import tinyagent, tinydep; print(tinyagent.COST, tinydep.NUMBER)"
    printed = subprocess.run([of.python, "-c", code], check=True, capture_output=True, text=True)
    return [int(word) for word in printed.stdout.split()]


@pytest.mark.parametrize("name", ["v0.1.0", "142b11", "142b114\n", "\u0661" * 7])
def test_what_can_be_no_commit_is_refused_before_its_repository_is_asked(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "git", lambda *arguments, **options: pytest.fail("asked"))
    with pytest.raises(HistoryError, match=r"^a commit is 7 to 40 hexadecimal digits"):
        environments.of_commit(Source("https://h.invalid/a", ("a",)), name)
