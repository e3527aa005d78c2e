"""docs/profiling.md: its commands run, and what it shows is made from the files beside it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from adapters import Works
from places import ROOT

from harness.cli.target import RUNNER
from harness.instruments.leaks.readings import BYTES
from harness.instruments.profilers import cpu, memory
from harness.instruments.profilers.places import Places
from harness.instruments.profilers.scenarios import warm
from harness.tools.profiling import advice
from harness.tools.profiling.compare import compare
from harness.tools.profiling.document import KINDS, read
from harness.tools.profiling.report import text

PAGE = ROOT / "docs" / "profiling.md"
DATA = ROOT / "docs" / "profiling-data"
TOP = 5

PROGRAM = """
import asyncio
from harness import memory_profile, profile

@profile
async def plan(task):
    return task

@memory_profile
def load(path):
    return path

asyncio.run(plan(1)), load("x")
"""


def commands(inside):
    """Lines of the shell blocks, in asv's section or outside it."""
    page = PAGE.read_text()
    section = re.search(r"\n## In asv's environments\n.*?(?=\n## )", page, re.S).group(0)
    source = section if inside else page.replace(section, "")
    blocks = re.findall(r"```sh\n(.*?)```", source, re.S)
    return [line for block in blocks for line in block.splitlines()]


def shell(line, folder, env):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", line], cwd=folder, env=env | {"PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_commands_work(tmp_path):
    (tmp_path / "my_program.py").write_text(PROGRAM)
    env = dict(os.environ, PYTHONPATH=str(ROOT))
    for line in commands(inside=False):
        assert "pip" not in line
        shell(line.replace("harness profile", "harness profile --runs 20"), tmp_path, env)
    made = {path.name for path in tmp_path.iterdir()}
    assert made >= {"profile.html", "profile.json", "samples.html", "changes.txt", "figures.json"}
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["time"]["__main__.plan"]["calls"] == 1


@pytest.mark.slow
def test_the_commands_for_asv_environments_work(project):
    text = (ROOT / "docs" / "own-agents.md").read_text()
    adapter = re.search(r"`my_agents.py`:\n\n```python\n(.*?)```", text, re.S).group(1)
    (project.root / "my_agents.py").write_text(adapter)
    (project.root / "asv-profile.json").unlink(missing_ok=True)
    project.configure(
        "asv-profile.json",
        benchmark_dir=str(ROOT / "benchmarks"),
        env_dir=".cache/env/greenlang",
        results_dir="profile-results",
        html_dir="profile-html",
        matrix={
            "req": RUNNER,
            "env_nobuild": {"AGENT_RUNTIME": ["my_agents:MyRuntime"]},
        },
    )
    # The document is about GreenLang; here the framework is a tiny one that has only asyncio.
    profile, taken = commands(inside=True)
    profile = profile.replace("asv profile", "asv profile --config asv-profile.json")
    profile = profile.replace("'greenlang', 'threads'", "'my_agents:MyRuntime', 'asyncio'")
    shown = shell(profile.replace("v0.3.0", "v0.4.0"), project.root, project.env)
    assert "function calls in" in shown and "my_agents.py" in shown
    taken = taken.replace("--runtime greenlang", "--runtime my_agents:MyRuntime --entry asyncio")
    shown = shell(taken + " --runs 20", project.root, project.env)
    assert "Profile of tinyagent 0.4.0: reply, asyncio" in shown
    shutil.rmtree(project.root / ".cache")


def shown_in_the_page(marker):
    pattern = rf"<!-- {re.escape(marker)} -->\n```text\n(.*?)```"
    return re.search(pattern, PAGE.read_text(), re.S).group(1)


def test_what_the_page_shows_is_made_from_the_files():
    profile = read(DATA / "greenlang-0.2.3-workflow.json")
    newer = read(DATA / "greenlang-0.3.0-workflow.json")
    assert shown_in_the_page("profile: greenlang-0.2.3-workflow.json") == text(profile, TOP)
    marker = "against: greenlang-0.3.0-workflow.json greenlang-0.2.3-workflow.json"
    report = text(newer | {"against": compare(profile, newer)}, TOP)
    assert shown_in_the_page(marker) == report[report.index("Against ") :]
    # What the page says about them.
    assert any("Orchestrator" in row["function"] for row in profile["memory"]["growing_sites"])
    difference = compare(profile, newer)
    assert not any(difference[name] for name in ("more_calls", "new", "vanished"))


@pytest.mark.parametrize("kind", [cpu.take, memory.take, cpu.unprofiled])
def test_every_field_of_the_form_is_described(kind):
    page = PAGE.read_text()
    form = page[page.index("## The JSON") :]
    with warm("reply", Works(), "threads") as made:
        section = kind(made, Places(Works()), 20)
    rows = [row for value in section.values() if isinstance(value, list) for row in value[:1]]
    for name in {*section, *(name for row in rows for name in row)}:
        assert f"`{name}`" in form, name
    assert all(f"| `{each}` |" in form for each in KINDS)


def test_the_thresholds_of_the_page_are_those_of_the_code():
    assert (advice.HOT, advice.NOTICEABLE, advice.GARBAGE) == (0.20, 0.05, 0.05)
    assert f"(from {BYTES:.0f} bytes per run on)" in PAGE.read_text()
