"""Verbs on real releases that are not installed here: known to block, and its fixed successor."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

pytestmark = [pytest.mark.frameworks, pytest.mark.slow]

BLOCKS = "blocks the event loop while a plain `def` tool runs"
FREE = "does not block the event loop"


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cache for all tests of this file."""
    folder = tmp_path_factory.getbasetemp() / "any-release"
    monkeypatch.setenv("AGENT_BENCHMARKS_CACHE", str(folder))


def verb(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("release", "status", "line"),
    [
        ("agent-framework-core==1.7.0", 1, f"agent_framework: {BLOCKS}"),
        ("agent-framework-core==1.8.0", 0, f"agent_framework: {FREE}"),
        ("openai-agents==0.7.0", 1, f"openai_agents: {BLOCKS}"),
        ("openai-agents==0.8.0", 0, f"openai_agents: {FREE}"),
    ],
)
@pytest.mark.usefixtures("cache")
def test_a_release_that_blocks_and_its_successor(release: str, status: int, line: str) -> None:
    done = verb("event-loop", "--release", release, "--requests", "10", "--threshold", "5s")
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == line


@pytest.mark.usefixtures("cache")
def test_two_releases_are_compared_by_calls(tmp_path: Path) -> None:
    words = ["--release", "agent-framework-core==1.8.0", "--against", "1.7.0", "--runs", "10"]
    out = tmp_path / "found.json"
    done = verb("profile", *words, "--entry", "asyncio", "--scenario", "tools", "--json", str(out))
    assert done.returncode == 0, done.stderr
    against = json.loads(out.read_text())["against"]
    assert against["about"]["version"] == "1.7.0"
    old, new = against["calls"]
    assert new > old
    table = done.stdout[done.stdout.index("Calls per run, where they differ") :].splitlines()
    assert table[3].split()[3] == "framework"
