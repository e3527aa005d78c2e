"""Finding runtimes, and the floor."""

import asyncio

import pytest
from places import ROOT

from harness import runtimes
from harness.runtimes.base import Agent, Workflow
from harness.workload.model import Model
from harness.workload.script import Script, prompt_of, reply_of


def test_one_folder_is_one_runtime_and_nothing_else_is():
    folders = {path.parent.name for path in (ROOT / "harness" / "runtimes").glob("*/__init__.py")}
    assert {"floor", *runtimes.SHIPPED} == folders - {"kit"}


def test_a_folder_without_a_runtime_is_refused(monkeypatch):
    monkeypatch.setattr(runtimes, "SHIPPED", ("kit",))
    with pytest.raises(runtimes.UnknownRuntime, match="not a subclass"):
        runtimes.load("kit")


@pytest.mark.parametrize("name", runtimes.SHIPPED)
def test_adapters_load_without_their_framework(name):
    assert runtimes.load(name).name == name


def test_an_adapter_is_found_as_module_and_class():
    assert runtimes.load("adapters:Works").name == "works"


def test_an_adapter_is_found_by_entry_point(tmp_path, monkeypatch):
    info = tmp_path / "mine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{runtimes.ENTRY_POINTS}]\nmine = adapters:Works\nlost = nowhere:Nothing\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert runtimes.load("mine").name == "works"
    with pytest.raises(runtimes.UnknownRuntime, match="nowhere"):
        runtimes.load("lost")


@pytest.mark.parametrize(
    "name", ["nothing", "adapters:Missing", "no_such_module:Class", "adapters:reply", "json:loads"]
)
def test_what_is_no_runtime_is_refused_in_one_line(name):
    with pytest.raises(runtimes.UnknownRuntime) as caught:
        runtimes.load(name)
    assert "\n" not in str(caught.value)


def test_a_framework_that_does_not_import_is_not_implemented_with_the_reason():
    with pytest.raises(NotImplementedError, match=r"not import as installed: .*missing_module"):
        _without_its_module().load()


def _without_its_module():
    works = runtimes.load("adapters:Works")
    works.imports = ("missing_module",)
    return works


@pytest.mark.parametrize("rounds", [0, 1, 4])
def test_the_floor_asks_once_a_round_and_gives_the_reply(rounds):
    model = Model(Script(tool_rounds=rounds))
    agent = runtimes.load("floor").agent(model)
    assert agent.run(prompt_of(5)) == reply_of(5)
    assert asyncio.run(agent.arun(prompt_of(6))) == reply_of(6)
    assert model.requests == 2 * (rounds + 1)


@pytest.mark.parametrize("kind", [Agent, Workflow])
def test_what_is_not_overridden_is_not_implemented(kind):
    arguments = ("request 1",) if kind is Agent else ()
    with pytest.raises(NotImplementedError, match="synchronous"):
        kind().run(*arguments)
    with pytest.raises(NotImplementedError, match="asyncio"):
        asyncio.run(kind().arun(*arguments))
