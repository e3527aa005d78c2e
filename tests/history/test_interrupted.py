"""Nothing that was measured is lost when asv is killed, and the same command goes on."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from faults import Faults
from interrupted import LIMIT, Interrupted, until
from tiny_project import Project

from harness.common import asked
from harness.history import guard, running, unfinished
from harness.instruments.counters.functions import SPOOL

KEPT = "nothing of the run is left; the same command goes on where it stopped"


@pytest.fixture
def runs(project: Project) -> Interrupted:
    return Interrupted(project)


@pytest.mark.slow
def test_what_is_saved_is_not_measured_again_and_the_rest_is(
    runs: Interrupted, fault: Faults
) -> None:
    runs.interrupt("cells")
    assert runs.values() == {}  # of "rounds", there was only one round
    runs.interrupt("second")
    finished = runs.values()
    assert {"cells", "first", "rounds"} == set(finished)
    runs.run()
    assert "second" in runs.values()
    fault("kill -9 of a run", finished, runs.values(), KEPT, times=2)
    counted = {"rounds 1": 2, "rounds 2": 2, "cells": 2, "first": 1, "second": 2, "without": 1}
    assert {name: runs.log().count(name) for name in counted} == counted
    runs.run()  # a gap that no note explains is measured again
    assert runs.log().count("without") == 2 and runs.log().count("second") == 2


@pytest.mark.slow
def test_a_release_that_was_begun_is_still_new(runs: Interrupted) -> None:
    runs.interrupt("second", releases="NEW", skip=False)
    runs.run(releases="NEW", skip=False)
    assert runs.log().count("first") == 1 and "second" in runs.values()
    measured = len(runs.log())
    runs.run(releases="NEW", skip=False, expect=1)  # so asv says that there is none
    assert len(runs.log()) == measured


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("where", ["first", "cache"])
def test_an_interrupt_is_one_line_and_leaves_nothing(
    runs: Interrupted, number: int, where: str, fault: Faults
) -> None:
    output = runs.interrupt(where, number)
    assert output.rstrip().endswith("Interrupted.")
    assert "Traceback" not in output
    finished = runs.values()
    runs.run()
    names = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}
    fault(f"{names[signal.Signals(number)]} during a run", finished, runs.values(), KEPT)


@pytest.mark.slow
def test_nothing_is_left_when_the_fork_server_is_killed(runs: Interrupted) -> None:
    runs.wait("first")
    process = runs.start()
    until(lambda: "first" in runs.log(), "first")
    (server,) = [
        each for each in psutil.Process(process.pid).children() if "run_server" in each.cmdline()
    ]
    server.kill()
    process.communicate(timeout=LIMIT)
    until(lambda: not runs.left(), "something is left")
    assert "cells" in runs.values() and "first" not in runs.values()


@pytest.mark.slow
def test_what_builds_in_parallel_ends_without_a_word(runs: Interrupted) -> None:
    for status in (runs.root / "env").rglob("asv-install-status.json"):
        status.unlink()  # so that it is installed again
    output = runs.run("--parallel", "2", "--bench", "first")
    assert runs.values() == {"first": [1]} and "Installing" in output
    assert "Traceback" not in output and "Interrupt" not in output
    assert not runs.left()


def test_a_signal_that_comes_while_the_watcher_is_started_is_ctrl_c(monkeypatch):
    def start(*_):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(LIMIT)

    monkeypatch.setattr(guard, "Child", start)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), guard.guarded():
        pass
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize("number", guard.SIGNALS, ids=lambda number: number.name)
def test_a_signal_while_a_run_clears_up_comes_too_late(tmp_path, monkeypatch, number):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stop = guard.Child.stop

    def interrupted(child):
        os.kill(os.getpid(), number)
        stop(child)

    monkeypatch.setattr(guard.Child, "stop", interrupted)
    before = signal.getsignal(number)
    with guard.guarded():
        tempfile.mkdtemp()
    assert signal.getsignal(number) == before and not list(tmp_path.iterdir())


def test_a_run_as_another_machine_does_not_change_the_same_environments(tmp_path, monkeypatch):
    conf = SimpleNamespace(results_dir=tmp_path / "results", env_dir=tmp_path / "env")
    said: list[str] = []
    monkeypatch.setattr(guard, "stop", lambda line: said.append(line) or sys.exit(2))

    def nothing(conf: object, machine: str) -> None:
        pass

    def as_another(conf: object, machine: str) -> None:
        running.run(nothing, conf, machine="exact-x86_64")

    with pytest.raises(SystemExit):
        running.run(as_another, conf, machine="mine")
    (line,) = said
    assert f"env: process {os.getpid()} (" in line
    running.run(nothing, conf, machine="mine")
    assert not list(tmp_path.rglob("run.lock"))


@pytest.mark.slow
def test_two_runs_on_one_results_folder_are_kept_apart(runs: Interrupted) -> None:
    runs.wait("first")
    process = runs.start()
    until(lambda: "first" in runs.log(), "first")
    output = runs.run(expect=2)
    (line,) = [line for line in output.splitlines() if line.strip()]
    assert f"process {process.pid}" in line and "remove run.lock" in line
    assert len(line) <= 123  # asv's margin
    runs.project.asv("publish", "--config", "waiting.json")
    runs.wait("")
    process.communicate(timeout=LIMIT)
    assert process.returncode == 0
    assert not list(runs.root.rglob("run.lock"))


@pytest.mark.slow
def test_what_a_file_has_measured_before_its_first_number_is_found_again(
    runs: Interrupted,
) -> None:
    kept = Path(runs.env["AGENT_BENCHMARKS_CACHE"], "unfinished")
    runs.interrupt("cache")
    assert len(list(kept.iterdir())) == 1
    runs.run()
    assert runs.values()["cells"] == [2]
    assert not list(kept.iterdir())
    runs.interrupt("cache", skip=False)
    runs.run(skip=False)  # asked to measure anew
    assert runs.values()["cells"] == [1]


class Chosen(dict[str, object]):
    """Benchmarks, as far as this is about them."""

    def __init__(self, conf: object, every: dict[str, object]) -> None:
        super().__init__(every)
        self._conf, self._all_benchmarks = conf, every


def left_over(
    tmp_path: Path, goes_on: bool = True, version: str = "1", code: str = "1"
) -> list[str]:
    """What a run finds in its folder; it is interrupted and leaves something there."""
    every = {"a": {"name": "a", "version": version}}
    conf = SimpleNamespace(results_dir=tmp_path / "results")
    benchmarks = Chosen(conf, every)
    results = SimpleNamespace(_filename="box/abc-env.json", codes={"a": code})
    env = SimpleNamespace(_path=tmp_path / "env")
    with (
        pytest.raises(KeyboardInterrupt),
        unfinished.folder(benchmarks, env, results, goes_on=goes_on),
    ):
        place = asked.folder()
        assert place is not None
        found = sorted(path.name for path in place.iterdir())
        (place / "cells").touch()
        raise KeyboardInterrupt
    return found


def test_what_is_unfinished_is_of_this_code_and_not_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_BENCHMARKS_CACHE", str(tmp_path / "cache"))
    assert "cells" not in left_over(tmp_path)
    assert "cells" in left_over(tmp_path)
    assert "cells" not in left_over(tmp_path, version="2")
    assert "cells" not in left_over(tmp_path, code="2")
    assert "cells" not in left_over(tmp_path, goes_on=False)
    monkeypatch.setenv("HARNESS_COUNTS_ONLY", "1")
    assert "cells" not in left_over(tmp_path)
    for of in (tmp_path / "cache" / "unfinished").glob(f"*/{unfinished.OF}"):
        os.utime(of, (time.time() - unfinished.OLDEST - 60,) * 2)
    assert "cells" not in left_over(tmp_path)
    assert asked.FOLDER not in os.environ


def test_what_a_kill_cut_short_and_what_failed_is_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_BENCHMARKS_CACHE", str(tmp_path / "cache"))
    left_over(tmp_path)
    (of,) = (tmp_path / "cache" / "unfinished").glob(f"*/{unfinished.OF}")
    whole, failed = '["a", {"figures": {"x": 1}}]\n', '["b", {"error": "killed"}]\n'
    for name in (asked.CELLS, SPOOL):
        of.with_name(name).write_text(whole + failed + whole + whole[:-9])
    left_over(tmp_path)
    assert of.with_name(asked.CELLS).read_text() == of.with_name(SPOOL).read_text() == whole * 2
