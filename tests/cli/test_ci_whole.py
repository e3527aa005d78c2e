"""The whole chain on a tiny framework: measured, handed over, checked, and posted by name."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fake_github import GitHub, act, event, pull, serve, zipped
from local_index import LocalIndex
from places import ROOT
from tiny_project import environment

import studies.planted.adapter
from studies.planted.defects import named
from studies.planted.generator import sources, spoiled

RUNTIME = "my_agents:PlantedRuntime"


class Framework:
    """A git repository with the framework and its adapter; commits are returned by hash."""

    def __init__(self, path: Path) -> None:
        self.path = path
        subprocess.run(["git", "init", "-q", "-b", "main", str(path)], check=True)
        shutil.copy(studies.planted.adapter.__file__, path / "my_agents.py")

    def git(self, *words: str) -> str:
        who = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
        done = subprocess.run(
            ["git", *who, *words], cwd=self.path, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, files: dict[str, str]) -> str:
        for name, text in files.items():
            path = self.path / "src" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "-q", "-m", "A change")
        return self.git("rev-parse", "HEAD")


@pytest.mark.slow
def test_a_planted_regression_is_named_in_the_comment(tmp_path: Path) -> None:
    framework = Framework(tmp_path / "theirs")
    base = framework.commit(sources())
    framework.git("checkout", "-q", "-b", "faster")
    head = framework.commit(spoiled(named("cpu-10")))
    framework.git("checkout", "-q", "main")
    main = framework.commit({"README": "Something else, meanwhile."})
    framework.git("checkout", "-q", "--detach", head)

    inputs = {"runtime": RUNTIME, "paths": "src", "base": main, "head": head}
    cache = {"AGENT_BENCHMARKS_CACHE": str(tmp_path / "cache")}
    status, output = act("measure", inputs, framework.path, **cache)
    assert status == 0, output
    summary = (tmp_path / "temp" / "GITHUB_STEP_SUMMARY").read_text()
    assert f"{head[:8]} is worse than {base[:8]}" in summary
    folder = Path((tmp_path / "temp" / "GITHUB_OUTPUT").read_text().strip().split("=")[1])
    (handed_over,) = folder.iterdir()

    (trusted := tmp_path / "trusted" / "workspace").mkdir(parents=True)
    (told := tmp_path / "event").write_text(json.dumps(event(head)))
    github = GitHub(zipped(handed_over.read_bytes(), handed_over.name), [pull(head)])
    with serve(github):
        env = {"GITHUB_API_URL": github.url, "GITHUB_EVENT_PATH": str(told)} | cache
        status, output = act("comment", {"runtime": RUNTIME, "token": "secret"}, trusted, **env)
    assert status == 0, output
    ((_, _, written),) = github.written
    _, verdict, *lines = written["body"].splitlines()
    assert verdict.startswith(f"❌ **framework: {head[:8]} is worse than {base[:8]}: ")
    rows = [line for line in lines if line.startswith("| regression |")]
    assert any(f"`latency.Counted.track_lines('{RUNTIME}', 'asyncio', 0)`" in row for row in rows)
    assert any("onverse (plantedagents/agent.py): " in line for line in lines)
    assert not any("floor" in row for row in rows)
    assert any(line.startswith(f"python -m harness profile --runtime {RUNTIME}") for line in lines)


@pytest.mark.slow
def test_a_configuration_of_ones_own_and_what_has_noise(tmp_path: Path) -> None:
    framework = Framework(tmp_path / "theirs")
    base = framework.commit(sources())
    head = framework.commit({"plantedagents/more.py": "more = 1"})
    words = ["ci", "--commits", ".", "--paths", "src", "--at", f"{base},{head}"]
    words += ["--runtime", RUNTIME, "--output", "own.json"]
    subprocess.run(
        [sys.executable, "-m", "harness", "target", *words], cwd=framework.path, check=True
    )
    inputs = {"runtime": RUNTIME, "config": "own.json", "base": base, "head": head}
    inputs |= {"bench": r"latency\.Counted", "sampled": r"latency\.Added"}
    env = {"AGENT_BENCHMARKS_CACHE": str(tmp_path / "cache"), "HARNESS_PROCESSES": "1"}
    status, output = act("measure", inputs, framework.path, **env)
    assert status == 0, output
    (handed_over,) = (tmp_path / "temp" / "handed-over").iterdir()
    found = json.loads(handed_over.read_text())
    for side in (found["base"], found["head"]):
        measured = {name.rpartition(".")[0] for name in side["result"]["results"]}
        assert measured == {"latency.Counted", "latency.Added"}
    p50 = found["head"]["result"]["results"]["latency.Added.track_p50"]
    assert any(value is not None and value == value for value in p50[0])


@pytest.mark.slow
def test_releases_are_measured_and_published(tmp_path: Path, tiny_index: LocalIndex) -> None:
    (workspace := tmp_path / "workspace").mkdir()
    guide = (ROOT / "docs" / "own-agents.md").read_text()
    adapter = re.search(r"`my_agents.py`:\n\n```python\n(.*?)```", guide, re.DOTALL)
    (workspace / "my_agents.py").write_text(adapter[1])
    inputs = {"runtime": "my_agents:MyRuntime", "package": "tinyagent", "newest": "1"}
    inputs["site-url"] = "https://them.example/framework/"
    env = environment(tmp_path, tiny_index) | {"HARNESS_PROCESSES": "1"}
    status, output = act("releases", inputs | {"months": "1"}, workspace, **env)
    assert status == 0, output
    told = (tmp_path / "temp" / "GITHUB_OUTPUT").read_text().splitlines()
    places = {name: Path(value) for name, _, value in (line.partition("=") for line in told)}
    assert (places["site"] / "tinyagent" / "releases.html").exists()
    assert "tinyagent" in (places["site"] / "index.html").read_text()
    assert (
        'href="https://them.example/framework/feed.xml"'
        in (places["site"] / "feed.xml").read_text()
    )
    (found,) = places["results"].glob("exact-*/*-*.json")
    assert "latency.Counted.track_calls" in json.loads(found.read_text())["results"]
    assert (places["results"] / "releases.json").exists()
