"""`--release` and `--commit`: which target, runtime and environment they mean, and what is said."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from places import ROOT

from harness.cli import released
from harness.cli.main import main, parser
from harness.history import environments
from harness.history.cached import Environment


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What is asked for; an environment with nothing in it is the answer."""
    calls: list[tuple[Any, ...]] = []

    def answer(package: Any, version: str, **options: Any) -> Environment:
        calls.append((package, version, options))
        found: Any = Environment(Path("/made", version), str(package), version, None, [])  # type: ignore[arg-type]
        return found

    monkeypatch.setattr(environments, "environment", answer)
    monkeypatch.setattr(environments, "of_commit", answer)
    monkeypatch.chdir(ROOT)
    return calls


def given(verb: str, *words: str) -> argparse.Namespace:
    arguments = parser("harness", verb).parse_args([verb, *words])
    released.resolve(arguments)
    return arguments


def test_the_package_decides_on_runtime_and_target(asked: list[tuple[Any, ...]]) -> None:
    arguments = given("leaks", "--release", "Agno==3.0.6")
    assert (arguments.runtime, arguments.python) == ("agno", "/made/3.0.6/bin/python")
    ((package, version, options),) = asked
    assert (package, version, options["extras"]) == ("agno", "3.0.6", ("openai",))
    assert options["with_"] == ["openinference-instrumentation-agno", "opentelemetry-sdk"]
    assert options["beside"].resolve() == ROOT / "results" / "agno" / "releases.json"
    assert not options["build"]


def test_a_verb_says_what_it_needs_beside(asked: list[tuple[Any, ...]]) -> None:
    given("serve-agent", "--release", "dspy==3.4.1")
    assert "aiohttp" in asked[0][2]["with_"]
    given("profile", "--release", "dspy==3.4.1", "--kind", "cpu", "memray")
    assert "memray" in asked[1][2]["with_"] and "memory-profiler" not in asked[1][2]["with_"]


def test_a_release_is_compared_with_another(asked: list[tuple[Any, ...]], tmp_path: Path) -> None:
    arguments = given("profile", "--release", "pydantic-ai-slim==1.5.0", "--against", "1.4.0")
    assert arguments.against_python == "/made/1.4.0/bin/python"
    assert arguments.python == "/made/1.5.0/bin/python"
    assert [each[:2] for each in asked] == [
        ("pydantic-ai-slim", "1.5.0"),
        ("pydantic-ai-slim", "1.4.0"),
    ]
    (kept := tmp_path / "old.json").touch()
    arguments = given("profile", "--release", "agno==3.0.6", "--against", str(kept))
    assert arguments.against_python is None and arguments.against == str(kept)


def test_a_commit_of_a_target(asked: list[tuple[Any, ...]]) -> None:
    arguments = given("event-loop", "--commit", "142b114d", "--target", "greenlang-commits")
    assert (arguments.runtime, asked[0][1]) == ("greenlang", "142b114d")
    assert asked[0][0].paths == ("greenlang",)
    assert given("event-loop", "--commit", "142b114d").runtime == "greenlang"  # the only one


def test_a_target_of_the_user_comes_first(
    asked: list[tuple[Any, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = json.loads((ROOT / "targets" / "agno.json").read_text())
    document |= {"repo": "pypi:agno?with=mine", "results_dir": "kept/mine"}
    document["matrix"]["env_nobuild"]["AGENT_RUNTIME"] = ["my:Adapter"]
    (tmp_path / "asv.conf.json").write_text("// ours\n" + json.dumps(document))
    monkeypatch.chdir(tmp_path)
    assert given("leaks", "--release", "agno==3.0.6").runtime == "my:Adapter"
    assert asked[0][2]["with_"] == ["mine"]
    assert given("leaks", "--release", "agno==3.0.6", "--target", "agno").runtime == "agno"
    package = given("leaks", "--release", "ours==1", "--runtime", "my:Adapter")
    assert (package.runtime, asked[2][0]) == ("my:Adapter", "ours")


def test_an_adapter_of_the_user_is_used_where_the_package_has_one(
    asked: list[tuple[Any, ...]],
) -> None:
    assert given("leaks", "--release", "agno==3.0.6", "--runtime", "my:Agents").runtime == (
        "my:Agents"
    )
    commit = ["--commit", "142b114d", "--target", "greenlang-commits", "--runtime", "my:Agents"]
    assert given("leaks", *commit).runtime == "my:Agents"
    assert asked[0][2]["extras"] == ("openai",)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--release", "agno"], "--release is PACKAGE==VERSION, such as agno==3.1.10, not 'agno'"),
        (
            ["--release", "ours==1"],
            "no target is of ours: give its adapter with --runtime, or ",
        ),
        (["--release", "a b==1"], "bad repository 'pypi:a b': no package name"),
        (["--release", "agno==1", "--target", "none"], "no target 'none' of releases here"),
        (["--target", "agno"], "--target and --build go with --release or --commit"),
        (["--commit", "1234567", "--target", "agno"], "--commit needs --target, one whose history"),
        (["--release", "a==1", "--commit", "1234567"], "argument --commit: not allowed with"),
    ],
)
def test_what_is_not_understood_is_one_line(
    words: list[str], line: str, asked: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        assert main(["leaks", *words]) == 2
    except SystemExit as error:
        assert error.code == 2
    err = capsys.readouterr().err
    assert err.startswith(f"harness: {line}") and err.count("\n") == 1 and len(err) <= 121
    assert asked == []


def test_load_on_an_address_has_no_release(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", "--url", "http://127.0.0.1:1", "--release", "agno==3.0.6"]) == 2
    assert capsys.readouterr().err == "harness: --release is for runtimes, not for --url\n"


@pytest.mark.parametrize("verb", ["leaks", "load", "serve-agent", "profile"])
def test_what_is_not_installed_is_said_with_the_command_for_it(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main([verb, "--runtime", "agent_framework"]) == 2
    newest = released.newest("agent-framework-core")
    assert newest[0].isdecimal()
    err = capsys.readouterr().err
    assert err.startswith("harness: agent-framework-core is not installed; try python -m harness ")
    assert err.endswith(f" {verb} --release agent-framework-core=={newest}\n") and len(err) <= 121
