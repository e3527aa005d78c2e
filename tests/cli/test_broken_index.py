"""Verbs on a release, while the package index is broken: one line, and what is cached goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny_project
from broken_index import FAULTS, SHORT, broken
from faults import Faults
from local_index import LocalIndex

from harness.cli.main import main
from harness.history import cached, index
from harness.history.environments import environment
from harness.history.errors import NO_ANSWER

pytestmark = pytest.mark.slow
QUICK = ["--entry", "threads", "--scenario", "build", "--runs", "50"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory, tiny_index: LocalIndex) -> Path:
    """A project's folder whose cache has the environment of one release of the four."""
    root = tmp_path_factory.mktemp("broken")
    config = {"repo": "pypi:tinyagent", "results_dir": "results/tiny"}
    config["matrix"] = {"env_nobuild": {"AGENT_RUNTIME": ["floor"]}}  # type: ignore[assignment]
    (root / "asv.conf.json").write_text(json.dumps(config))
    with pytest.MonkeyPatch.context() as patch:
        use(root, tiny_index, patch)
        environment("tinyagent", "0.1.0")
    return root


def use(root: Path, local: LocalIndex, patch: pytest.MonkeyPatch) -> None:
    for name, value in tiny_project.environment(root, local).items():
        if name != "HOME":
            patch.setenv(name, value)


@pytest.fixture(params=FAULTS)
def why(
    request: pytest.FixtureRequest,
    cache: Path,
    tiny_index: LocalIndex,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """The fault that the index has."""
    use(cache, tiny_index, monkeypatch)
    for name, value in SHORT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(index, "TIMEOUT", (0.2, 0.2))
    monkeypatch.chdir(cache)
    return str(request.param)


def test_what_is_installed_goes_on_and_the_rest_is_one_line(
    why: str, tiny_index: LocalIndex, capsys: pytest.CaptureFixture[str], fault: Faults
) -> None:
    def refusal(*release: str) -> str:
        assert main(["leaks", "--release", *release]) == 2
        said = [line for line in capsys.readouterr().err.splitlines() if "installing " not in line]
        assert len(said) == 1 and len(said[0]) <= 120, said
        return said[0].removeprefix("harness: ")

    had = {each.folder for each in cached.every()}
    with broken(tiny_index, why):
        assert main(["leaks", "--release", "tinyagent==0.1.0", *QUICK]) == 0
        capsys.readouterr()
        not_installed = refusal("tinyagent==0.2.0")
        assert not_installed.startswith("tinyagent==0.2.0 cannot be installed: ")
        assert "://" not in not_installed
        unknown = refusal(
            "tinybroken==1.0", "--runtime", "harness.runtimes.floor.agent:FloorRuntime"
        )
        assert unknown.startswith(NO_ANSWER)
        before = len(tiny_index.asked)
        assert main(["environments"]) == 0
        assert "tinyagent-0.1.0-" in capsys.readouterr().out
        assert len(tiny_index.asked) == before
    kept = {each.folder for each in cached.every()}
    then = "one line; a release in the cache is used, and the cache is listed, all the same"
    fault(
        "a broken package index: leaks --release, environments", map(str, had), map(str, kept), then
    )
    assert had == kept == {each for each in cached._root().iterdir() if each.is_dir()}
