"""Installs that fail or are cut short: the reason is kept, numbers stay, the next one is clean."""

from __future__ import annotations

import fcntl
import json
import math
import os
import types
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from asv import util
from faults import Faults
from tiny_project import Project

from harness.common import asked
from harness.history import install, installs, notes

NOT_THERE = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple/", "UV_INDEX": ""}


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment whose packages are below it."""
    packages = {"purelib": str(tmp_path / "site"), "platlib": str(tmp_path / "site")}
    monkeypatch.setattr(install.sysconfig, "get_paths", lambda: packages)
    for name in ("asv_runner", "asv_runner-0.3.2.dist-info", "pip", "tinydep-1.0.dist-info"):
        (tmp_path / "site" / name).mkdir(parents=True)
    return tmp_path


def packages(place: Path) -> set[str]:
    return {path.name for path in (place / "site").iterdir()}


def test_what_a_kill_has_left_is_removed_by_the_next_install(places: Path) -> None:
    with pytest.raises(KeyboardInterrupt), install._changing(places):
        raise KeyboardInterrupt
    assert "tinydep-1.0.dist-info" in packages(places)  # what was half removed looks installed
    with install._changing(places):
        assert packages(places) == {"asv_runner", "asv_runner-0.3.2.dist-info", "pip"}
        (places / "site" / "other").mkdir()
    with install._changing(places):
        assert "other" in packages(places)


def test_an_environment_is_changed_by_one_at_a_time(places: Path) -> None:
    path = places / "harness-installing"
    with install._changing(places), path.open("a") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize(
    ("complaint", "final"),
    [
        ("error: No solution found\n cause: there is no version of dep==99", True),
        ("error: No solution found\n cause: pack==1 has no usable wheels", True),
        ("error: Request failed after 3 retries in 8.0s\n cause: operation timed out", False),
        ("error: Failed to fetch: http://x/\n cause: error sending request", False),
        ('error: Unsupported `Content-Type` "text/plain" for `http://x/`', False),
        ("error: Received some unexpected JSON from `http://x/`", False),
        ("error: No solution found\n\nhint: An index (http://x/) returned a 403 Forbidden", False),
    ],
)
def test_whether_the_release_is_to_blame(complaint: str, final: bool) -> None:
    note = notes.Note(str(install.InstallError(complaint)))
    assert note.is_of_install and note.is_final is final
    assert "http" not in note.reason and "\n" not in note.reason


def test_what_uv_says_is_plain_text() -> None:
    assert str(install.InstallError("a\x1b[31m\rb\x00\u202e")) == "not installed: a[31m b"


class Benchmarks(dict[str, Any]):
    """The part of asv's benchmarks that is asked for."""

    benchmark_selection = types.MappingProxyType({})


class Results:
    """The part of asv's results that is written."""

    def __init__(self, **kept: list[Any]) -> None:
        self._results: dict[str, list[Any]] = kept
        self.errcode: dict[str, int] = {}

    def add_result(self, benchmark: Any, result: Any, **how: Any) -> None:
        self._results[benchmark["name"]] = result.result
        self.errcode[benchmark["name"]] = result.errcode


def test_numbers_of_an_earlier_run_outlive_an_install_that_fails(fault: Faults) -> None:
    results = Results(had=[1, None], gap=[math.nan], failed=[None])
    every = Benchmarks({n: {"name": n, "params": []} for n in ("had", "gap", "failed", "new")})
    installs.skip_benchmarks(None, every, SimpleNamespace(), results)
    assert results._results == {"had": [1, None], "gap": [None], "failed": [None], "new": [None]}
    assert any(results.errcode.values())
    kept = [name for name, values in results._results.items() if values[0] == 1]
    then = "its reason is kept, earlier numbers stay, the rest goes on; tried again on request"
    fault("a release that cannot be installed", ["had"], kept, then)


def test_what_was_not_installed_is_tried_again_on_request_or_if_the_index_was_to_blame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(asked.AGAIN, raising=False)
    release, index = [notes.Note("not installed: no wheel")], [notes.Note("not installed for now")]
    assert installs.is_left_out(release) and not installs.is_left_out(index)
    assert not installs.is_left_out([notes.Note("ValueError: no")])
    monkeypatch.setenv(asked.AGAIN, "1")
    assert not installs.is_left_out(release)


class Environment(SimpleNamespace):
    """asv's, as far as installs know it."""

    _install_timeout = 600


def fail(status: int, stderr: str, seen: list[str | None]) -> Any:
    def install(environment: Any, conf: Any, repo: Any, commit: str) -> None:
        seen.append(os.environ.get("UV_OFFLINE"))
        raise util.ProcessError(["install.py"], status, "", stderr)

    return install


def test_an_index_that_does_not_answer_is_waited_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installs, "_no_index", "")
    monkeypatch.delenv("UV_OFFLINE", raising=False)
    repo = SimpleNamespace(get_decorated_hash=lambda commit, length: commit)
    seen: list[str | None] = []
    for stderr in (
        "not installed: no wheel",
        "not installed for now: error: Request failed after 3 retries",
        "not installed for now: error: network was disabled",
    ):
        with pytest.raises(util.ProcessError):
            what = Environment(_path=tmp_path), None, repo, "v1"
            installs.install_project(fail(1, stderr, seen), *what)
    assert seen == [None, None, "1"]
    assert installs.reason(tmp_path).endswith("Request failed after 3 retries")


@pytest.mark.parametrize(
    ("status", "stderr", "said"),
    [
        (-9, "", "not installed for now: the install was ended by signal 9"),
        (util.TIMEOUT_RETCODE, "", "not installed: no end of it within 600 s"),
        (1, "Traceback:\nOSError: full\n", "not installed: OSError: full"),
        (1, "x\x1b]0;title\x07y", "not installed: x]0;titley"),
        (1, "", "not installed: no reason given"),
    ],
)
def test_why_is_one_line(status: int, stderr: str, said: str) -> None:
    assert installs._why(util.ProcessError([], status, "", stderr), 600) == said


def numbers(project: Project) -> set[str]:
    """What has a number in the results of v0.4.0."""
    rows = json.loads(project.results()["v0.4.0"].read_text())["results"]
    return {name for name, row in rows.items() if row[0] and None not in row[0]}


@pytest.mark.slow
def test_an_index_that_is_gone_leaves_what_was_measured(project: Project, fault: Faults) -> None:
    """And a release that was half installed when everything was killed is whole the next time."""
    before, had = project.results()["v0.4.0"].read_bytes(), numbers(project)
    (env,) = (project.root / "env").glob("*/asv-install-status.json")
    env.unlink()  # so that it is installed again
    resolved = project.root / "cache" / "resolved"
    resolved.rename(away := resolved.with_name("away"))
    run = ("run", "v0.4.0^!", "--quick", "--bench", "track_dependency")
    output = project.asv(*run, expect=1, UV_HTTP_RETRIES="0", **NOT_THERE)
    assert output.count("package index is gone") == 1 and "nothing is measured" in output
    assert project.results()["v0.4.0"].read_bytes() == before
    then = "one line; what is in uv's cache is installed and measured, the rest is tried again"
    fault("the package index is gone", had, numbers(project), then)
    away.rename(resolved)
    (module,) = env.parent.rglob("site-packages/tinydep.py")
    module.unlink()
    (env.parent / "harness-installing").write_text("changing")
    project.asv(*run)  # a copy of the project has no cache of uv's
    assert module.exists()
    then = "the environment is emptied, and the release installed from nothing"
    fault("kill -9 of an install", had, numbers(project), then)
