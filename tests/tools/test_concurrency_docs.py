"""The commands of docs/concurrency.md and docs/beyond-one-machine.md."""

import json
import re
import shlex
import shutil
import sys

import pytest
from places import ROOT
from test_locust import free_port, started

from harness.__main__ import main
from harness.cli import main as cli
from harness.common.local import ask
from harness.tools.agent_server.serving import served

LOCUST = [sys.executable, "-m", "locust"]


def blocks(page, kind="sh"):
    """The fenced blocks of a page."""
    return re.findall(rf"```{kind}\n(.*?)```", (ROOT / "docs" / page).read_text(), re.S)


def arguments(line):
    """A command line as this interpreter runs it: its words after the program's name."""
    words = shlex.split(line, comments=True)
    return words[3:] if words[:3] == ["python", "-m", "harness"] else words[1:]


def test_the_concurrency_page_runs(capsys):
    (block,) = blocks("concurrency.md")
    assert main([*arguments(block), "--at-once", "10", "--interleavings", "3"]) == 0
    page = (ROOT / "docs" / "concurrency.md").read_text()
    for line in capsys.readouterr().out.splitlines()[2:]:
        if name := line[:20].strip():  # else evidence that goes on
            assert f"| {name} |" in page  # every check is described
    (code,) = blocks("concurrency.md", "python")
    exec(code, {})


@pytest.mark.slow
def test_a_master_and_two_workers_drive_a_served_agent(tmp_path):
    found = blocks("beyond-one-machine.md")
    (serve,) = (each for each in found if "serve-agent" in each)
    together = found[found.index(serve) + 1]
    words = arguments(serve)
    del words[words.index("--port") :]
    given = vars(cli.parser("harness", words[0]).parse_args(words))
    with served(latency=given["latency"], tool_rounds=given["tool_rounds"]) as server:
        text = together.replace("http://127.0.0.1:8000", server.url)
        text = text.replace("5557", str(free_port()))
        text = text.replace("summary.json", str(tmp_path / "summary.json"))
        text = text.replace("harness/tools", str(ROOT / "harness" / "tools"))
        master, *workers = ([*LOCUST, *arguments(line)] for line in text.splitlines())
        assert len(workers) == 2
        with started(master, *workers) as processes:
            outputs = [process.communicate(timeout=90)[0] for process in processes]
        assert [process.returncode for process in processes][1:] == [0, 0], outputs
        stats = ask(f"{server.url}/stats", "GET")
    found = json.loads((tmp_path / "summary.json").read_text())
    totals = found["figures"]["requests"]
    assert totals["due"] == totals["ok"] == 140 == stats["requests"] == stats["ok"]
    assert totals["errors"] == {} and stats["errors"] == {}
    assert found["figures"]["latency"]["p50"] >= 0.02
    assert len(re.findall(r": 70 requests, 0 failed", outputs[0])) == 2


def test_results_of_two_machines_are_merged_by_copying(project):
    results = project.root / "results"
    project.configure("merged.json", results_dir="merged", html_dir="merged-html")
    measured = sorted(project.results("results").values())
    assert len(measured) > 1
    for number, machine in enumerate(("first", "second")):
        copy = project.root / machine
        shutil.copytree(results, copy)
        for path in measured[number::2]:  # what the other machine measured
            (copy / path.relative_to(results)).unlink()
        shutil.copytree(copy, project.root / "merged", dirs_exist_ok=True)
    project.asv("publish", "--no-pull", "--config", "merged.json")
    index = json.loads((project.root / "merged-html" / "index.json").read_text())
    assert len(index["revision_to_hash"]) >= len(measured)
    merged = {path.name for path in project.results("merged").values()}
    assert merged == {path.name for path in measured}
