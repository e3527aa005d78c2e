"""The GreenLang runtime, driven in an environment that has GreenLang (the tests' own has not)."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from places import ROOT

from harness.runtimes import load
from harness.runtimes.greenlang.shipped import agents
from harness.workload.dag import SHAPES, shape
from harness.workload.script import reply_of

NOT_APPLICABLE = {
    "site_input": "climatenza_app",
    "solar_resource": "pandas",
    "load_profile": "pandas",
    "energy_balance": "pandas",
}

BROKEN_IMPORT = """
import json
from harness.workload.model import Model
from harness.runtimes import load

runtime = load("greenlang")
runtime.imports = ("no_such_module_of_greenlang",)
texts = []
for attempt in (lambda: runtime.agent(Model()), lambda: load("greenlang").shipped("fuel")):
    try:
        attempt()
    except NotImplementedError as error:
        texts.append(str(error))
print(json.dumps(texts))
"""


def run(python: Path, *arguments: str) -> tuple[Any, str]:
    """The last line that Python prints with these arguments, as JSON, and its stderr."""
    done = subprocess.run(
        [str(python), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


@pytest.fixture(scope="session")
def seen(greenlang_python: Path) -> dict[str, Any]:
    result: dict[str, Any] = run(greenlang_python, str(ROOT / "tests" / "greenlang_probe.py"))[0]
    return result


def test_agent_replies_after_every_tool_round(seen: dict[str, Any]) -> None:
    assert seen["version"] == "0.3.0"
    assert seen["replies"] == {"0": [reply_of(3), 1], "2": [reply_of(3), 3]}
    assert seen["same_class"]


def test_a_failing_model_is_a_failed_run(seen: dict[str, Any]) -> None:
    for failure in seen["failures"]:
        assert failure["error"] == "RunFailed"
        assert "injected failure" in failure["text"]


@pytest.mark.parametrize("name", SHAPES)
def test_workflow_runs_every_step_each_time(seen: dict[str, Any], name: str) -> None:
    dag = shape(name)
    assert seen["workflows"][name] == [dag.expected(), dag.expected(), 2 * len(dag.steps)]


def test_failed_denied_and_misled_workflows_are_failed_runs(seen: dict[str, Any]) -> None:
    for case, text in {
        "failing_workflow": "injected failure",
        "silent_failure": "no reply of 'left'",
        "wrong_reply": "reply 99",
        "no_reply": "no reply of 'bottom'",
        "denied": "POLICY.DENIED",
    }.items():
        assert seen[case].get("error") == "RunFailed", case
        assert text in seen[case]["text"], case


def test_what_the_release_cannot_do_states_its_reason(seen: dict[str, Any]) -> None:
    for case in ("agent_arun", "workflow_arun"):
        assert seen[case]["error"] == "NotImplementedError"
        assert "greenlang-cli 0.3.0 has no asyncio entry point" in seen[case]["text"]
    assert seen["unknown_shipped"]["error"] == "NotImplementedError"


def test_every_shipped_agent_works_or_states_why_not(seen: dict[str, Any]) -> None:
    failed = {name: got for name, got in seen["shipped"].items() if got != {"value": "ok"}}
    assert {name: got["error"] for name, got in failed.items()} == dict.fromkeys(
        NOT_APPLICABLE, "NotImplementedError"
    )
    for name, reason in NOT_APPLICABLE.items():
        assert reason in failed[name]["text"]


def test_shipped_names_are_those_of_the_data() -> None:
    names = load("greenlang").shipped_names
    assert len(set(names)) == len(names)
    assert {name.partition(".")[0] for name in names} == set(agents())


def test_worker_threads_of_asyncio_entry_points_end(seen: dict[str, Any]) -> None:
    assert seen["threads_end"] == [True, True]


def test_successful_runs_print_nothing(greenlang_python: Path) -> None:
    code = (
        "from harness.runtimes import load\nfrom harness.workload.model import Model\n"
        "from harness.workload.dag import shape\nruntime = load('greenlang')\n"
        "runtime.agent(Model()).run('request 0')\n"
        "runtime.workflow(shape('fan'), Model(shape('fan').script())).run()\n"
        "built = [runtime.shipped(name) for name in ('fuel.batch', 'fuel.async_batch', 'boiler')]\n"
        "[each.check(each.call()) for each in built]\nprint('[]')"
    )
    assert run(greenlang_python, "-c", code) == ([], "")


def test_a_failed_import_stays_failed(greenlang_python: Path) -> None:
    texts, _ = run(greenlang_python, "-c", BROKEN_IMPORT)
    assert len(texts) == 2
    assert all("0.3.0 does not import as installed" in text for text in texts)
