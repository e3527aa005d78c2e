"""The GreenLang runtime beyond the contract of all."""

from __future__ import annotations

from pathlib import Path

from framework_env import run

from harness.runtimes import load
from harness.runtimes.greenlang.shipped import DATA
from harness.runtimes.kit import shipped


def test_shipped_names_are_those_of_the_data() -> None:
    names = load("greenlang").shipped_names
    assert len(set(names)) == len(names)
    assert {name.partition(".")[0] for name in names} == set(shipped.entries(DATA))


def test_successful_runs_print_nothing(greenlang_python: Path) -> None:
    code = (
        "from harness.runtimes import load\nfrom harness.workload.model import Model\n"
        "from harness.workload.dag import shape\nruntime = load('greenlang')\n"
        "runtime.agent(Model()).run('request 0')\n"
        "runtime.workflow(shape('fan'), Model(shape('fan').script())).run()\n"
        "built = [runtime.shipped(name) for name in ('fuel.batch', 'fuel.async_batch', 'boiler')]\n"
        "[each.check(each.call()) for each in built]"
    )
    done = run(greenlang_python, "-c", code)
    assert (done.stdout, done.stderr) == ("", "")
