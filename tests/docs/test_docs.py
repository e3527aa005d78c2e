"""What the documents promise works: the example of an own adapter, and links."""

import asyncio
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from asv.results import Results
from places import ROOT

from harness.check import evidence, judge
from harness.check.slo import Thresholds
from harness.cli import main
from harness.history import validity
from harness.session.session import SESSION_SECONDS
from harness.workload.model import Model
from harness.workload.script import Script

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def block(text, after):
    """The fenced block that follows a line."""
    return re.search(re.escape(after) + r"\n\n```\w+\n(.*?)```", text, re.S).group(1)


@pytest.mark.slow
def test_the_example_of_an_own_adapter_works(project, monkeypatch):
    text = (ROOT / "docs" / "own-agents.md").read_text()
    (project.root / "my_agents.py").write_text(block(text, "`my_agents.py`:"))
    monkeypatch.chdir(project.root)
    words = re.search(r"python -m harness (target mine .*)", text).group(1).split()
    assert main.main(words) == 0
    one = ("--quick", "--config", "mine.json", "--bench", r"latency\.Counted")
    project.asv("run", "v0.4.0^!", *one, HARNESS_PROCESSES="1")
    (path,) = project.results("results/mine").values()
    results = Results.load(str(path))._results["latency.Counted.track_calls"]
    threads, asyncio = results[:2], results[2:4]
    assert all(number != number for number in threads)  # n/a: it has no synchronous entry
    assert asyncio[0] > 0 and asyncio[1] > asyncio[0]
    project.asv("publish", "--no-pull", "--config", "mine.json")
    assert (project.root / "html" / "mine" / "releases.html").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_what_the_readme_says_was_found_is_in_the_findings() -> None:
    text, docs = (ROOT / "README.md").read_text(), ROOT / "docs"
    entries = re.split(r"(?m)^(?=\*\*.+ → )", (docs / "findings.md").read_text())
    found = re.findall(r"(?m)^- (\*\*.+ → .+?\*\*): ((?:.|\n  )+)", text)
    assert len(found) == 3
    for title, told in found:
        (entry,) = [each for each in entries if each.startswith(title)]
        for word in re.findall(r"\d[\d,.]*\d(?: %)?|`[^`]+`", told):
            assert word.strip("`") in entry, word
    (alarms,) = re.findall(r"(\d+ of \d+) comparisons raises an alarm", text)
    quiet = re.search(
        r"(?s)## The whole suite, quiet(.*?)\n## ", (docs / "sensitivity.md").read_text()
    )
    assert re.search(rf"\| `harness check` \|.*\| {alarms} \(", quiet.group(1))


def test_the_numbers_of_the_guide_to_verdicts_are_those_of_the_code() -> None:
    text = " ".join((ROOT / "docs" / "verdicts.md").read_text().split())
    ratios, absolutes = 100 * Thresholds.ratios, 100 * Thresholds.absolutes
    for said in (
        f"| ratios | {ratios:.0f} % ({ratios * judge.ALONE:.1f} % without a floor",
        f"| absolutes (seconds, bytes) | {absolutes:.0f} % |",
        f"more than {judge.SPREADS} times that spread",
        f"moved by more than {100 * math.expm1(judge.STILL):.0f} %",
        f"less than {100 * math.expm1(evidence.PEAKS):.0f} % is never a finding",
        f"waited for more than {100 * validity.LATE:.0f} % of its time",
        f"if more than {100 * validity.BUSY:.0f} % of its readings are late",
        f"differ by more than {100 * validity.DRIFT:.0f} %",
        f"where a session ends after {SESSION_SECONDS / 60:.0f} minutes",
    ):
        assert said in text, said


def test_each_guide_is_in_the_index_and_short() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    for guide in (ROOT / "docs").glob("*.md"):
        assert guide.name == "README.md" or f"]({guide.name})" in index, guide.name
    for guide in ("load-testing", "profiling", "performance-tuning", "benchmark-results"):
        assert len((ROOT / "docs" / f"{guide}.md").read_text().splitlines()) < 250, guide


class TinyChat:
    """A framework that has a model interface and calls tools itself."""

    def __init__(self, model, tools):
        self.model, self.tools = model, {tool.__name__: tool for tool in tools}

    async def run(self, messages):
        while calls := (answer := await self.model(messages)).calls:
            for name, arguments in calls:
                result = await self.tools[name](**json.loads(arguments))
                messages.append(TinyMessage("tool", result))
        return answer


@dataclass
class TinyMessage:
    role: str
    content: str
    calls: Sequence[tuple[str, str]] = ()


def test_the_example_of_a_chat_agent_works():
    text = (ROOT / "docs" / "own-agents.md").read_text()
    tinyagent = SimpleNamespace(
        Agent=TinyChat, Message=TinyMessage, Call=lambda id, *called: called
    )
    names = {"tinyagent": tinyagent}
    exec(block(text, "adapters share is in the kit:"), names)
    model = Model(Script(tool_rounds=2, calls=2, history=2))
    agent = names["MyChatAgent"](model)
    assert asyncio.run(agent.arun("request 4")) == "reply 4"
    assert model.requests == 3
