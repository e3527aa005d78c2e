"""The configuration of a target is written, and all shipped ones are as they would be written."""

import json
from urllib.parse import parse_qsl

import pytest
from framework_env import CONFIGS
from places import ROOT

from harness.cli import main, target


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.stem)
def test_shipped_targets_follow_the_template(config):
    shipped = json.loads(config.read_text())
    shipped.pop("harness")  # what the tests of the adapter want to know
    (runtime,) = shipped["matrix"]["env_nobuild"]["AGENT_RUNTIME"]
    package, _, query = shipped["repo"].removeprefix("pypi:").partition("?")
    name = "greenlang" if config.name == "asv.conf.json" else config.stem
    repo = target.repository(package, dict(parse_qsl(query)))
    written = target.text(config, name, shipped["project"], repo, runtime)
    assert json.loads(written) == shipped


def test_it_writes_a_target_beside_its_adapter(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["target", "mine", "--package", "tinyagent", "--runtime", "my_agents:MyRuntime"]
    assert main.main([*words, "--last", "3", "--with", "openai"]) == 0
    assert "mine.json is written" in capsys.readouterr().out
    made = json.loads((tmp_path / "mine.json").read_text())
    assert made["repo"] == "pypi:tinyagent?last=3&with=openai"
    assert made["matrix"]["env_nobuild"] == {"AGENT_RUNTIME": ["my_agents:MyRuntime"]}
    assert made["results_dir"] == "results/mine"
    assert (tmp_path / made["benchmark_dir"]).resolve() == ROOT / "benchmarks"


def test_it_writes_a_target_of_commits(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pair = f"{'a' * 40},{'b' * 40}"
    words = ["target", "mine", "--commits", ".", "--paths", "src", "--with", "openai"]
    assert main.main([*words, "--at", pair, "--runtime", "floor"]) == 0
    made = json.loads((tmp_path / "mine.json").read_text())
    assert made["repo"] == f"commits:{tmp_path}?paths=src&with=openai&at={pair}"
    assert made["project"] == "mine"


def test_without_the_benchmarks_there_is_no_target(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(target, "CHECKOUT", tmp_path)
    assert main.main(["target", "a", "--package", "p", "--runtime", "floor"]) == 2
    assert "work from a checkout" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["mine", "--package", "p"], "no runtime 'mine'"),
        (["../up", "--package", "p", "--runtime", "floor"], "a target's name"),
        (["a", "--package", "p", "--runtime", "floor", "--since", "x"], "not a version"),
        (["a", "--package", "", "--runtime", "floor"], "no package name"),
        (["here", "--package", "p", "--runtime", "floor"], "already there"),
        (["a", "--commits", ".", "--runtime", "floor"], "no paths"),
        (
            ["a", "--package", "p", "--runtime", "floor", "--output", "no/a.json"],
            "cannot be written",
        ),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(words, text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.json").write_text("{}")
    assert main.main(["target", *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert text in line
    assert [path.name for path in tmp_path.iterdir()] == ["here.json"]
