"""Every bad input of `harness check` and `harness baseline`: one clear line, exit status 2."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from check_project import Project, make

from harness.__main__ import main


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make(tmp_path)
    made.measure(0)
    made.measure(1)
    return made


def refused(project: Project, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that is printed about bad input."""
    capsys.readouterr()
    assert main([*arguments, "--config", str(project.config)]) == 2
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert printed.out == "" and line.startswith("harness: ")
    return line


def write(name: str, text: str) -> Callable[[Project], None]:
    return lambda project: (project.root / name).write_text(text) and None


def break_results(text: str) -> Callable[[Project], None]:
    return lambda project: Path(f"{project.stem(1)}.json").write_text(text) and None


SLO = '[slo.x]\nbenchmark = "b"\nlimit = 1\n'


@pytest.mark.parametrize(
    ("arguments", "spoil", "words"),
    [
        (["v9"], None, "no commit v9"),
        (["v0.0", "v0.2"], None, "no results of v0.2 on machine lab; there are: v0.0, v0.1"),
        (["v0.1", "v0.1"], None, "the same commit, v0.1"),
        (["--machine", "moon"], None, "no results of machine moon; there are: lab"),
        (["--env", "conda"], None, "no results in --env conda: virtualenv-py3.11"),
        (["--slo", "no.toml"], None, "cannot read"),
        ([], write("slo.toml", "[threshold]"), "no key 'threshold' (slo, thresholds)"),
        ([], write("slo.toml", "[thresholds]\ncount = 1"), "no key 'count'"),
        ([], write("slo.toml", "[thresholds]\ncounts = '1'"), "counts must be a number, not '1'"),
        ([], write("slo.toml", "[thresholds]\ncounts = -1"), "must be a fraction above 0"),
        ([], write("slo.toml", "[thresholds]\ncounts = true"), "must be a number, not True"),
        ([], write("slo.toml", "thresholds = 1"), "thresholds must be a table, not 1"),
        ([], write("slo.toml", "slo.x = 1"), "slo.x must be a table"),
        ([], write("slo.toml", "[slo.x]\nlimit = 1"), "slo.x has no benchmark"),
        ([], write("slo.toml", SLO + "limits = 2"), "no key 'limits'"),
        ([], write("slo.toml", SLO + "title = 1"), "slo.x.title must be text in quotes, not 1"),
        ([], write("slo.toml", SLO + "add = nan"), "slo.x.add must be a number, not nan"),
        ([], write("slo.toml", SLO + "parameters = { n = 5 }"), "n must be text in quotes, not 5"),
        ([], write("slo.toml", "[slo"), "slo.toml: "),
        ([], break_results("{"), "cannot read results lab/"),
        ([], break_results("[]"), "cannot read results"),
        ([], break_results('{"version": 2}'), "cannot read results"),
        ([], break_results('{"version": 9}'), "cannot read results"),
        ([], write("results/lab/machine.json", "{"), "cannot read"),
        ([], write("results/benchmarks.json", "{"), "cannot read"),
        ([], write("results/benchmarks.json", "[]"), "it is not asv's list of benchmarks"),
        (
            [],
            write("results/baselines.toml", "x = 1"),
            "x must be a table, not 1",
        ),
        ([], write("results/baselines.toml", "[x]\ntitle = ''"), "x has no commit"),
        ([], write("results/baselines.toml", "x"), "baselines.toml: Expected"),
        ([], write("asv.conf.json", "{"), "asv.conf.json is no asv configuration: "),
        ([], write("asv.conf.json", "{}"), "asv.conf.json is no asv configuration: "),
    ],
)
def test_bad_input_is_one_line(project, capsys, arguments, spoil, words):
    if spoil:
        spoil(project)
    assert words in refused(project, capsys, "check", *arguments)


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 2}', '{"version": 9}'])
def test_a_broken_results_file_is_named_once(project, capsys, text):
    break_results(text)(project)
    line = refused(project, capsys, "check")
    assert line.count(project.commits[1][:4]) == 1 and str(project.root) not in line


def test_nothing_measured_yet(tmp_path, capsys):
    project = make(tmp_path)
    assert "no results in" in refused(project, capsys, "check")
    project.measure(0)
    assert "no results before v0.0 to compare it with" in refused(project, capsys, "check")
    (project.results / "benchmarks.json").unlink()
    assert "no results in" in refused(project, capsys, "check")
    project.config.unlink()
    assert "no asv configuration" in refused(project, capsys, "check")


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError("x"),
        OverflowError("math range error"),
        asyncio.CancelledError(),
        SystemExit(1),
        SystemExit("somebody's last word"),
        BaseExceptionGroup("several", [asyncio.CancelledError()]),
    ],
    ids=repr,
)
def test_an_error_that_nobody_expected_is_no_finding(project, capsys, monkeypatch, error):
    def judge(*_):
        raise error

    monkeypatch.setattr("harness.check.run.judge", judge)
    assert main(["check", "--config", str(project.config)]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert type(error).__name__ in line


@pytest.mark.parametrize("code", [0, 2])
def test_an_end_that_was_meant_stays_as_it_is(project, monkeypatch, code):
    monkeypatch.setattr("harness.check.run.judge", lambda *_: sys.exit(code))
    with pytest.raises(SystemExit) as end:
        main(["check", "--config", str(project.config)])
    assert end.value.code == code


def test_several_machines_and_environments_have_to_be_chosen(project, capsys):
    project.measure(0, machine="moon")
    for number in (0, 1):  # what stands for all machines is for those that have no other
        project.measure(number, machine="exact-x86_64")
    assert main(["check", "--config", str(project.config)]) == 0
    assert "On lab," in capsys.readouterr().out
    project.measure(1, machine="moon")
    assert "choose with --machine: exact-x86_64, lab, moon" in refused(project, capsys, "check")
    project.measure(1, environment="virtualenv-py3.12")
    project.measure(0, environment="virtualenv-py3.12")
    line = refused(project, capsys, "check", "--machine", "lab")
    assert "several environments match --env (none given)" in line
    arguments = ["check", "--machine", "lab", "--env", "3.12", "--config", str(project.config)]
    assert main(arguments) == 0


def test_a_run_in_which_all_failed_says_why(project, capsys):
    project.measure(2, lambda name, index, usual: None)
    stem = project.stem(2)
    stem.with_name(stem.name + ".notes.txt").write_text("a: no wheel (For parameters: 1)\n")
    assert refused(project, capsys, "check").endswith(
        "v0.2 has no number of the framework: no wheel"
    )


def test_a_program_sees_the_line_and_the_status(project):
    command = [sys.executable, "-m", "harness", "check", "v9", "--config", str(project.config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("harness: no commit v9") and done.stderr.count("\n") == 1


def test_baselines_are_set_shown_listed_and_used(project, capsys):
    config = ["--config", str(project.config)]
    project.measure(2)
    assert main(["baseline", *config]) == 0 and capsys.readouterr().out == "no baselines\n"
    assert main(["baseline", "set", "release", "v0.0", *config]) == 0
    expected = f"release: v0.0 ({project.commits[0]}, 2025-03-01)\n"
    assert capsys.readouterr().out == expected
    assert main(["baseline", "show", "release", *config]) == 0
    assert capsys.readouterr().out == expected
    assert main(["baseline", "set", *config]) == 0  # default: the newest result
    capsys.readouterr()
    assert main(["baseline", "list", *config]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["v0.2", "v0.0"]
    assert "the same commit, v0.2" in refused(project, capsys, "check")
    assert main(["baseline", "set", "default", "v0.0", *config]) == 0
    capsys.readouterr()
    assert main(["check", "--format", "json", *config]) == 0
    assert json.loads(capsys.readouterr().out)["base"]["title"] == "v0.0"
    assert main(["check", "release", project.commits[1][:10], *config]) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "x"], "no baseline x; there are: none"),
        (["set", "a b", "v0.0"], "named with letters, digits"),
        (["set", "x", "v9"], "no commit v9"),
        (["set", "x", "v0.2"], "no results of v0.2"),
    ],
)
def test_bad_baselines_are_one_line(project, capsys, arguments, words):
    assert words in refused(project, capsys, "baseline", *arguments)
