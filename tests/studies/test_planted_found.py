"""Defects that last are found by the benchmarks."""

from pathlib import Path

import pytest

from harness.measures.fresh import fresh_import
from harness.session.session import cell, measure
from studies.planted.adapter import PlantedRuntime
from studies.planted.defects import named
from studies.planted.generator import RUNTIME, sources, spoiled


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a package where new interpreters find it."""

    def put(name: str, package: dict[str, str]) -> None:
        folder = tmp_path / name
        (folder / "plantedagents").mkdir(parents=True)
        for file, text in package.items():
            (folder / file).write_text(text)
        monkeypatch.setenv("PYTHONPATH", str(folder))

    return put


@pytest.mark.parametrize(
    ("tag", "what", "figure", "found"),
    [("outlives", "outliving", "alive", 20), ("busy-wait", "idle_wakeups", "wakeups", 5999)],
)
def test_what_an_agent_leaves_behind(install, tag, what, figure, found) -> None:
    this = cell(what, RUNTIME, entry="asyncio", what="agents")
    for package, expected in ((sources(), 0), (spoiled(named(tag)), found)):
        install(f"{expected}", package)
        assert measure(exact=[[this]]).samples(this, figure) == [expected]


def test_what_an_import_leaves_behind(install) -> None:
    for package, expected in ((sources(), 0), (spoiled(named("import-thread")), 1)):
        install(f"{expected}", package)
        assert fresh_import(PlantedRuntime())["threads"] == expected
