"""docs/performance-tuning.md: its commands exist, verdicts follow the data, examples work."""

import asyncio
import functools
import json
import re
import shlex

import pytest

from studies.pages import DOCS
from studies.tuning import page
from studies.tuning.__main__ import parser
from studies.tuning.worker import EXPERIMENTS

TEXT = (DOCS / "performance-tuning.md").read_text()
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S) for line in block.splitlines()
]
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.S)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_exist(command):
    python, dash_m, package, *arguments = shlex.split(command)
    assert (python, dash_m) == ("python", "-m")
    if package == "studies.pages":
        assert not arguments
    else:
        assert package == "studies.tuning"
        parser().parse_args(arguments)


def test_every_experiment_has_its_section():
    assert re.findall(r'{{ figures\("(.+?)"', page.TEXT.read_text()) == list(EXPERIMENTS)


def test_without_measurements_there_is_no_page(tmp_path):
    with pytest.raises(ValueError, match="no measurements"):
        page.documents(tmp_path)


def test_the_verdicts_follow_the_data():
    documents = json.loads(json.dumps(page.documents(DOCS)[:1]))
    told = documents[0]["experiments"]["caching"]
    told["before"], told["after"] = told["after"], told["before"]
    row = next(line for line in page.render(documents).splitlines() if "(#cache-" in line)
    assert "does not pay" in row


def test_links_lead_somewhere():
    for anchor in re.findall(r"\]\(#([^)]*)\)", TEXT):
        headings = re.findall(r"^## (.*)$", TEXT, re.M)
        made = [re.sub(r"[^a-z0-9 -]", "", each.lower()).replace(" ", "-") for each in headings]
        assert anchor in made
    for path in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (DOCS / path).exists(), path


def example(word):
    return next(each for each in EXAMPLES if word in each)


class Counting:
    def __init__(self):
        self.calls = self.inside = self.most = 0
        self.fails = False

    async def arun(self, prompt):
        self.calls += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        await asyncio.sleep(0.001)
        self.inside -= 1
        if self.fails:
            raise RuntimeError("no answer")
        return f"reply to {prompt}"


def made(word):
    agent = Counting()
    names = {"asyncio": asyncio, "functools": functools, "agent": agent}
    exec(example(word), names)
    return agent, names["ask"]


def test_the_semaphore_of_the_page_bounds():
    agent, ask = made("Semaphore")

    async def many():
        return await asyncio.gather(*(ask(i) for i in range(30)))

    assert asyncio.run(many())[29] == "reply to 29"
    assert agent.most == 8


def test_the_cache_of_the_page_keeps_answers_and_not_failures():
    agent, ask = made("lru_cache")

    async def many():
        replies = await asyncio.gather(*(ask("a") for _ in range(5)), ask("b"))
        assert replies == ["reply to a"] * 5 + ["reply to b"] and agent.calls == 2
        assert await ask("a") == "reply to a" and agent.calls == 2
        agent.fails = True
        with pytest.raises(RuntimeError):
            await ask("c")
        await asyncio.sleep(0)
        agent.fails = False
        assert await ask("c") == "reply to c"

    asyncio.run(many())
