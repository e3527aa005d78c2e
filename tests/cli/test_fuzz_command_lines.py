"""Whatever stands on a command line: each verb begins its work, or says in one line why not."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import fuzz
import pytest
from check_project import make
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT

from harness.check import documents, stored
from harness.cli.main import PREFIX, VERBS
from harness.common.children import ChildFailed
from harness.history.errors import HistoryError
from harness.results.target import Target


@pytest.fixture(scope="module", autouse=True)
def _nothing_begins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with results, in which verbs end where their work would begin."""

    def begin(*arguments: object, **options: object) -> None:
        raise ChildFailed("it would begin now")

    def out_of_reach(*arguments: object, **options: object) -> None:
        raise HistoryError("there is no network")

    made = make(tmp_path_factory.mktemp("project"))
    made.measure(0)
    made.measure(1)
    repo = fuzz.Commits(made.commits)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made.root)
        patch.setenv("HOME", str(made.root))
        patch.setattr(Target, "repo", property(lambda self: repo))
        folder = made.root / "known"
        folder.mkdir()
        text = stored.text(documents.document(made.config))
        (folder / "results.json").write_text(text)
        patch.setattr("harness.check.known.FOLDER", folder)
        for name in (
            "dashboard.run_asv",
            "survey.run_asv",
            "ci.run_asv",
            "surveyed.Surveyed.choose",
            "laboratory.environment",
        ):
            patch.setattr(f"harness.cli.{name}", lambda *arguments, **options: None)
        patch.setattr("harness.tools.monitor.Monitor.wait", lambda *arguments, **options: None)
        for name in ("common.children.Child.__init__", "tools.load.run.run"):
            patch.setattr(f"harness.{name}", begin)
        for name in ("repository.git", "index.ask"):  # as where there is no network
            patch.setattr(f"harness.history.{name}", out_of_reach)
        patch.setattr("harness.model_server.server.serve", lambda *arguments: {})
        patch.setattr(
            "harness.tools.agent_server.serving.serve", lambda *arguments, **options: None
        )
        yield made.root


GOOD = (
    "1",
    "10",
    "0.5",
    "50ms",
    "floor",
    "v0.0",
    "default",
    "asyncio",
    "reply",
    "page",
    "-",
    "json",
)


HELP = argparse.Action(["--help"], "help", nargs=0)  # of a verb without options


def actions(verb: str) -> list[argparse.Action]:
    whole = fuzz.parser_of("harness", verb)
    (verbs,) = (each for each in whole._actions if isinstance(each, argparse._SubParsersAction))
    return [each for each in verbs.choices[verb]._actions if each.dest != "help"]


@st.composite
def lines(draw: st.DrawFn, verb: str) -> list[str]:
    """Some options of a verb, and words."""
    words = [verb]
    for action in draw(st.lists(st.sampled_from(actions(verb) or [HELP]), max_size=5)):
        known = st.sampled_from([*map(str, action.choices or ()), *GOOD])
        value = draw(known | fuzz.words)
        if not action.option_strings:
            words += [value]
        elif action.nargs == 0:
            words += [action.option_strings[0]]
        else:
            words += draw(
                st.sampled_from(
                    [[f"{action.option_strings[0]}={value}"], [action.option_strings[0], value]]
                )
            )
    return words


@pytest.mark.parametrize("verb", VERBS)
@given(data=st.data())
def test_verbs(verb: str, data: st.DataObject) -> None:
    fuzz.run(data.draw(lines(verb)))


@given(words=st.lists(fuzz.words | st.sampled_from([*VERBS, "--help", "--"]), max_size=3))
def test_words(words: list[str]) -> None:
    if not set(words) & VERBS.keys() or "--help" in words:
        fuzz.run(words)


REAL = (
    "machine",
    "target",
    "check",
    "findings",
    "baseline",
    "report",
    "frameworks",
)  # the others would begin


@pytest.mark.slow
@settings(max_examples=60)
@given(data=st.data())
def test_real_processes(data: st.DataObject) -> None:
    words = data.draw(lines(data.draw(st.sampled_from(REAL))))
    if any("\0" in word for word in words):
        return  # the system has none
    command = [sys.executable, "-m", "harness", *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=120, check=False)
    told = done.stderr.decode()
    assert "Traceback" not in told and not fuzz.UNEXPECTED.search(told), (words, told)
    assert done.returncode in (0, 2) or (done.returncode == 1 and words[0] in ("check", "report"))
    if done.returncode == 2:
        assert told.startswith(PREFIX) and told.count("\n") == 1, (words, told)
