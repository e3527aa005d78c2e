"""The planted regressions: the same history every time, and each defect really there, alone."""

import ast
import functools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT, TESTS

from studies.planted.defects import DEFECTS, named
from studies.planted.generator import Planted, plant, sources, versions

PROBE = TESTS / "planted_probe.py"
STEADY = (
    *("lines", "run", "arun", "left", "diamond", "unbalanced", "burst"),
    *("import calls", "held"),
)
"""Facts that repeat exactly."""
LASTING = ("outlives", "timers", "import threads")
PACKAGES = {tag: package for tag, _, package in versions()}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory):
    """These facts of the version of a tag, when its code is run directly."""
    root = tmp_path_factory.mktemp("packages")

    @functools.cache
    def facts(tag: str, *names: str) -> dict:
        folder = root / tag
        (folder / "plantedagents").mkdir(parents=True, exist_ok=True)
        for file, text in PACKAGES[tag].items():
            (folder / file).write_text(text)
        command = [sys.executable, str(PROBE), str(folder), str(ROOT), *names]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return facts


def git(planted: Planted, *arguments: str) -> str:
    command = ["git", "-C", str(planted.repository), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_hashes_are_always_the_same(planted: Planted, tmp_path: Path) -> None:
    assert plant(tmp_path / "again").commits == planted.commits
    assert plant(tmp_path / "again").commits == planted.commits  # and into what is there already


def test_the_history_is_one_line_of_base_defect_clean(planted: Planted) -> None:
    line = git(planted, "rev-list", "--reverse", "main").split()
    assert line == list(planted.commits.values())
    tags = ["base", *(tag for d in DEFECTS for tag in (d.tag, f"{d.tag}-clean"))]
    assert list(planted.commits) == tags


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.tag)
def test_a_commit_changes_only_what_it_says(planted: Planted, defect) -> None:
    files = re.findall(r"^\+\+\+ b/(\S+)$", defect.patch.read_text(), re.M)
    assert git(planted, "diff", "--name-only", "base", defect.tag).split() == files
    assert defect.what and defect.size and defect.exact
    clean = git(planted, "diff", "--name-only", "base", f"{defect.tag}-clean").split()
    assert len(clean) == 1 and clean[0].startswith("plantedagents/")


def test_clean_commits_differ_from_each_other() -> None:
    texts = [json.dumps(PACKAGES[tag]) for tag in PACKAGES if tag.endswith("-clean")]
    assert len({*texts, json.dumps(sources())}) == len(DEFECTS) + 1
    for package in PACKAGES.values():
        for text in package.values():
            ast.parse(text)


def test_every_kind_of_harmless_change_has_no_effect(probe) -> None:
    # One clean commit for each kind of change; seconds are left out, everything else is exact.
    names = {}
    for tag in PACKAGES:
        if tag.endswith("-clean"):
            changed = [f for f in sources() if PACKAGES[tag][f] != sources()[f]]
            kind = (changed[0], "def " in _added(PACKAGES[tag][changed[0]], changed[0]))
            names.setdefault(kind, tag)
    assert len(names) == 4
    for tag in names.values():
        assert _steady(probe(tag, *STEADY)) == _steady(probe("base", *STEADY)), tag


def _added(text: str, file: str) -> str:
    old = set(sources()[file].splitlines())
    return "\n".join(line for line in text.splitlines() if line not in old)


def _steady(facts: dict) -> dict:
    return facts | {"held": [round(value, -3) for value in facts["held"]]}


def test_the_base_has_none_of_the_defects(probe) -> None:
    base = probe("base", *STEADY)
    assert base["run"] == base["arun"] == [0, 200]
    assert base["left"] == [0, 0]
    assert base["held"][0] < 10_000 and base["held"][1] < 64
    assert base["diamond"] == base["unbalanced"] == pytest.approx(1)
    assert base["burst"] == pytest.approx(1)
    assert probe("base", "fifty")["fifty"][0] == 0
    assert probe("base", "tools")["tools"] == pytest.approx(1)
    assert not any(probe("base", *LASTING).values())


@pytest.mark.parametrize("tag", [defect.tag for defect in DEFECTS if defect.cost])
def test_more_cpu_is_more_lines_of_a_run_by_both_entries(probe, tag: str) -> None:
    base, head = probe("base", "lines")["lines"], probe(tag, "lines")["lines"]
    assert head["build"] == base["build"]
    for what in base:
        if what != "build":
            assert head[what] / base[what] - 1 == pytest.approx(named(tag).cost, abs=0.003), what


def test_a_dearer_build_is_half_as_many_lines_more(probe) -> None:
    base, head = probe("base", "lines")["lines"], probe("build-50", "lines")["lines"]
    assert head["build"] / base["build"] == pytest.approx(1.5, abs=0.01)
    assert head["run, 0 rounds"] == base["run, 0 rounds"]


def test_a_dearer_import_makes_more_schemas(probe) -> None:
    # 50 ms more than 30 ms are 2.67 times the work.
    name = "import calls"
    ratio = probe("import-50ms", name)[name] / probe("base", name)[name]
    assert ratio == pytest.approx(2.66, abs=0.1)


def test_memory_is_held_by_the_agent_or_left_by_the_run(probe) -> None:
    base = probe("base", "held")["held"]
    assert probe("agent-1mb", "held")["held"][0] - base[0] == pytest.approx(2**20, rel=0.01)
    assert probe("leak", "held")["held"][1] - base[1] == pytest.approx(1100, abs=100)


def test_one_run_in_fifty_waits(probe) -> None:
    head = probe("tail", "fifty", "sync seconds")
    assert head["fifty"][0] == pytest.approx(0.05)
    assert head["sync seconds"] > 0.05


def test_the_event_loop_is_blocked(probe) -> None:
    head = probe("blocking", "fifty")
    assert head["fifty"][0] == 0  # nothing on a virtual clock
    assert head["fifty"][1] >= 0.05


@pytest.mark.parametrize(
    ("tag", "diamond", "unbalanced"), [("serial-branch", 4 / 3, 5 / 3), ("barrier", 1, 4 / 3)]
)
def test_workflow_steps_wait_for_others(probe, tag: str, diamond: float, unbalanced: float) -> None:
    head = probe(tag, "diamond", "unbalanced")
    assert head["diamond"] == pytest.approx(diamond)
    assert head["unbalanced"] == pytest.approx(unbalanced)


def test_no_more_than_eight_runs_at_once(probe) -> None:
    assert probe("limit-8", "burst")["burst"] == pytest.approx(5)


def test_one_run_in_a_hundred_fails(probe) -> None:
    head = probe("errors", "run", "arun")
    assert head["run"][0] == head["arun"][0] == 2


def test_threads_and_descriptors_are_left(probe) -> None:
    assert probe("thread", "left")["left"] == [5, 0]
    assert probe("descriptor", "left")["left"] == [0, 2]


def test_agents_timers_and_threads_stay(probe) -> None:
    assert probe("outlives", *LASTING) == dict(zip(LASTING, (5, 0, 0), strict=True))
    assert probe("busy-wait", *LASTING) == dict(zip(LASTING, (0, 1, 0), strict=True))
    assert probe("import-thread", *LASTING) == dict(zip(LASTING, (0, 0, 1), strict=True))


def test_a_request_more_in_every_run(probe) -> None:
    head = probe("requests", "run", "arun")
    assert head["run"] == head["arun"] == [0, 400]


def test_tools_of_a_turn_wait_for_each_other(probe) -> None:
    assert probe("serial-tools", "tools")["tools"] == pytest.approx(5)


def test_lines_grow_with_the_square_of_a_conversation(probe) -> None:
    base, head = (probe(t, "conversation")["conversation"] for t in ("base", "conversation"))
    few, many = (one - other for one, other in zip(head, base, strict=True))
    assert many / few == pytest.approx(100, rel=0.2)  # 201 messages compared, and 21


def test_what_the_config_names_is_there(planted: Planted) -> None:
    config = json.loads(planted.config.read_text("utf-8"))
    (command,) = config["install_command"]
    assert Path(command.split()[1]).is_file()
    folder = planted.config.parent / config["benchmark_dir"]  # relative to the configuration
    assert (folder / "latency.py").is_file()


def test_an_unknown_defect_is_refused() -> None:
    with pytest.raises(ValueError, match="no defect 'cpu-3'; there are cpu-2"):
        named("cpu-3")
