"""A survey: which releases it chooses, that it finds the release of a step, and that it goes on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import check_project
import pytest

from harness.cli import survey
from harness.cli.main import main
from harness.cli.surveyed import spread
from harness.history import code, machine

CALLS = "latency.Counted.track_calls"
NAME = machine.exact()["machine"]
Calls = Callable[[int], float | None]


class Measured:
    """A project whose asv measures at once. numbers: the commits that it measured, in order."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, calls: Calls) -> None:
        self.project = check_project.make(root, 12)
        config = json.loads(self.project.config.read_text())
        self.project.config.write_text(json.dumps(config | {"environment_type": "virtualenv"}))
        self.numbers: list[int] = []
        self.options: list[tuple[str, ...]] = []
        self._calls = calls
        monkeypatch.chdir(root)
        monkeypatch.setattr(survey, "run_asv", self._run)

    def _run(self, config: Path, verb: str, commits: str, *options: str, allowed: int) -> None:
        (commit,) = Path(commits.removeprefix("HASHFILE:")).read_text().split()
        number = self.project.commits.index(commit)
        self.numbers.append(number)
        self.options.append(options)
        calls = self._calls(number)
        self.project.measure(
            number, lambda name, index, usual: usual if index and calls else calls, machine=NAME
        )
        if calls is None:
            stem = self.project.stem(number, NAME)
            notes = (f"{name}: not installed: no wheel\n" for name in check_project.BENCHMARKS)
            stem.with_name(f"{stem.name}.notes.txt").write_text("".join(notes))

    def survey(self, *arguments: str) -> int:
        """The verb, on the first and the last commit."""
        few = ("--months", "1", "--newest", "1", "--pair", "results", "v0.0", "v0.11")
        return main(["survey", *few, *arguments])


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Calls], Measured]:
    return lambda calls: Measured(tmp_path, monkeypatch, calls)


def test_a_step_is_bisected_until_its_release_is_known(measured, capsys):
    run = measured(lambda number: 150.0 if number >= 7 else 100.0)
    assert run.survey() == 0
    assert {6, 7} <= set(run.numbers) and len(run.numbers) < 8
    assert run.numbers[:2] == [11, 0]
    shown = capsys.readouterr().out.splitlines()
    assert shown[:2] == ["results v0.11: 1 of 1 releases", "results v0.0: 2 of 2 releases"]
    assert shown[-1] == f"results: {len(run.numbers)} releases have numbers"
    run.numbers.clear()
    assert run.survey() == 0
    assert run.numbers == [11]  # so that asv finds out which benchmarks there are


def test_where_nothing_stepped_nothing_is_filled_in(measured):
    run = measured(lambda number: 100.0)
    run.survey()
    assert run.numbers == [11, 0]


def test_what_cannot_be_measured_has_its_reason_and_stops_nothing(measured, capsys):
    broken = (5, 6)
    run = measured(lambda number: None if number in broken else 100.0 + 50 * (number > 5))
    assert run.survey() == 0
    assert {4, 5, 6, 7} <= set(run.numbers)
    shown = capsys.readouterr().out.splitlines()
    assert shown[-2:] == [f"  v0.{each} has none: not installed: no wheel" for each in broken]


def test_when_the_budget_is_used_up_the_same_command_continues(measured, capsys):
    run = measured(lambda number: 100.0)
    assert run.survey("--budget", "1us") == 0
    assert run.numbers == []
    assert "the budget is used up" in capsys.readouterr().out


def test_a_history_that_cannot_be_had_stops_no_other_target(measured, capsys):
    run = measured(lambda number: 100.0)
    config = json.loads(run.project.config.read_text())
    Path("targets").mkdir()
    lost = config | {"repo": "nowhere", "results_dir": "../lost"}
    Path("targets", "lost.json").write_text(json.dumps(lost))
    assert run.survey() == 1
    assert run.numbers == [11, 0]
    assert "\nlost: not measured: cannot open the repository" in capsys.readouterr().out


def test_what_other_code_counted_is_measured_again_where_that_is_asked(measured):
    run = measured(lambda number: 100.0)
    run.survey()
    lines = f"{CALLS}: 000000000000\nlatency.Added.track_p50: {code.of({''}, 'floor')}\n"
    Path(f"{run.project.stem(0, NAME)}.code.txt").write_text(lines)
    run.numbers.clear()
    run.survey()
    assert run.numbers == [11]
    run.numbers.clear()
    run.survey("--recount")
    assert run.numbers == [11, 0, 0]
    assert run.options[-1][-1] == rf"^({re.escape(CALLS)})(\(|$)"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--shard", "2/2"], "shard 2/2: there are only 1 targets"),
        (["--shard", "0/2"], "a shard is written 1/3, the first of three, not '0/2'"),
        (["nobody"], "no target nobody; there are: results"),
        (["--pair", "results", "v0.0", "v9"], "a pair of results: there is no v9"),
    ],
)
def test_bad_input_is_one_line(measured, capsys, arguments, told):
    run = measured(lambda number: 100.0)
    assert run.survey(*arguments) == 2
    assert capsys.readouterr().err == f"harness: {told}\n"
    assert run.numbers == []


def test_the_newest_and_the_last_of_each_month_are_chosen():
    recent = [("g", 5), ("f", 5), ("e", 5), ("d", 4), ("c", 4), ("b", 2), ("a", 2)]
    assert spread(recent, 2) == ["g", "f", "d", "b"]
    assert spread(recent, 4) == ["g", "f", "e", "d", "b"]


def test_a_section_of_ours_that_is_none_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "asv.conf.json"
    path.write_text('{"version": 1, "project": "a", "repo": ".", "harness": ["pairs"]}')
    with pytest.raises(ValueError, match="harness must be a table"):
        survey._pairs(path)
