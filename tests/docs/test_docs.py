"""What the documents promise works: the example of an own adapter, and links."""

import json
import re

import pytest
from asv.results import Results
from places import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def block(text, after):
    """The fenced block that follows a line."""
    return re.search(re.escape(after) + r"\n\n```\w+\n(.*?)```", text, re.S).group(1)


def test_the_example_of_an_own_adapter_works(project):
    text = (ROOT / "docs" / "own-agents.md").read_text()
    (project.root / "my_agents.py").write_text(block(text, "`my_agents.py`:"))
    config = block(text, "`mine.json`:")
    config = config.replace("HARNESS", str(ROOT / "harness"))
    config = config.replace("BENCHMARKS", str(ROOT / "benchmarks"))
    settings = json.loads(config) | {"results_dir": "mine-results", "html_dir": "mine-html"}
    (project.root / "mine.json").write_text(json.dumps(settings))
    one = ("--quick", "--config", "mine.json", "--bench", r"latency\.Counted")
    project.asv("run", "v0.4.0^!", *one, HARNESS_PROCESSES="1")
    (path,) = project.results("mine-results").values()
    results = Results.load(str(path))._results["latency.Counted.track_calls"]
    threads, asyncio = results[:2], results[2:4]
    assert all(number != number for number in threads)  # n/a: it has no synchronous entry
    assert asyncio[0] > 0 and asyncio[1] > asyncio[0]
    project.asv("publish", "--no-pull", "--config", "mine.json")
    assert (project.root / "mine-html" / "releases.html").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target
