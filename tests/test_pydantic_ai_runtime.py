"""The Pydantic AI runtime against a real release, installed as of the release's own day."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.dag import SHAPES, Dag, Step, chain, diamond, fan, layered, shape, unbalanced
from harness.runtimes import load
from harness.runtimes.pydantic_ai import closes_early

ROOT = Path(__file__).parents[1]
RELEASE = "2.68.0"
AS_OF = "2026-11-13T02:30:07Z"  # one day after its upload

PROBE = r"""
import asyncio, concurrent.futures, dataclasses, json, sys, warnings
from harness.dag import SHAPES, shape
from harness.model import Model
from harness.runtimes import load
from harness.script import ModelFailure, Script, prompt_of, reply_of

runtime = load("pydantic_ai")
lazy = not [m for m in sys.modules if m.partition(".")[0] in ("pydantic_ai", "pydantic_graph")]
runtime.load()
found = {"lazy": lazy, "version": runtime.version()}


def failure_of(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return ""


def replies(rounds):
    model = Model(Script(tool_rounds=rounds))
    agent = runtime.agent(model)
    texts = [agent.run(prompt_of(3)), agent.run(prompt_of(4))]
    after_sync = model.requests
    texts.append(asyncio.run(agent.arun(prompt_of(5))))
    return {"texts": texts, "sync": after_sync, "all": model.requests}


found["replies"] = {rounds: replies(rounds) for rounds in (0, 2)}

failing = runtime.agent(Model(Script(tool_rounds=1, fail_at=frozenset({(7, 1)}))))
found["failure"] = [
    failure_of(lambda: failing.run(prompt_of(7))),
    failure_of(lambda: asyncio.run(failing.arun(prompt_of(7)))),
    failure_of(lambda: failing.run("tell me a joke")),
    failing.run(prompt_of(8)),
]


async def together(agent, n):
    return await asyncio.gather(*(agent.arun(prompt_of(i)) for i in range(n)))


busy = Model(Script(tool_rounds=1))
found["together"] = asyncio.run(together(runtime.agent(busy), 50))
found["together_requests"] = busy.requests


def run(name):
    dag = shape(name)
    model = Model(dag.script())
    try:
        workflow = runtime.workflow(dag, model)
    except NotImplementedError as error:
        return {"na": str(error)}
    runs = [workflow.run(), asyncio.run(workflow.arun()), workflow.run()]
    return {"right": all(r == dag.expected() for r in runs), "requests": model.requests}


found["shapes"] = {name: run(name) for name in SHAPES}

dag = shape("diamond")
script = dataclasses.replace(dag.script(), fail_at=frozenset({(1, 0)}))
broken = runtime.workflow(dag, Model(script))
wrong = runtime.workflow(dag, Model(shape("chain").script()))
found["workflow_failure"] = [failure_of(broken.run), failure_of(lambda: asyncio.run(broken.arun()))]
found["workflow_wrong"] = failure_of(wrong.run)

shared = runtime.agent(Model(Script(tool_rounds=1)))
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    found["threads"] = list(pool.map(lambda i: shared.run(prompt_of(i)), range(20)))


async def inside():
    return failure_of(lambda: shared.run(prompt_of(1)))


adapter = sys.modules["harness.runtimes.pydantic_ai"]


def wrong_tool(key: int) -> str:
    return "something else"


adapter.lookup = wrong_tool
found["wrong_tool"] = failure_of(lambda: runtime.agent(Model(Script(1))).run(prompt_of(1)))
adapter.closes_early = lambda dag: ""
dag = shape("random")
found["random_anyway"] = failure_of(runtime.workflow(dag, Model(dag.script())).run)

warnings.simplefilter("ignore")
found["sync_in_loop"] = asyncio.run(inside())
print(json.dumps(found))
"""


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    env = tmp_path_factory.mktemp("pydantic_ai") / "env"
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, str(env)], check=True)
    python = env / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted = [f"pydantic-ai-slim=={RELEASE}", "psutil", "--exclude-newer", AS_OF]
    subprocess.run([*uv, "pip", "install", "-q", "--python", str(python), *wanted], check=True)
    done = subprocess.run(
        [str(python), "-c", PROBE],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_loading_the_adapter_does_not_import_the_framework(found: dict[str, Any]) -> None:
    assert (found["lazy"], found["version"]) == (True, RELEASE)


@pytest.mark.parametrize("rounds", [0, 2])
def test_sync_and_async_replies_and_request_counts(found: dict[str, Any], rounds: int) -> None:
    replies = found["replies"][str(rounds)]
    assert replies["texts"] == ["reply 3", "reply 4", "reply 5"]
    assert (replies["sync"], replies["all"]) == (2 * (rounds + 1), 3 * (rounds + 1))


def test_a_scripted_failure_raises_and_the_agent_goes_on(found: dict[str, Any]) -> None:
    assert found["failure"] == ["ModelFailure", "ModelFailure", "WrongPrompt", "reply 8"]


def test_fifty_at_once_each_get_their_own_reply(found: dict[str, Any]) -> None:
    assert found["together"] == [f"reply {i}" for i in range(50)]
    assert found["together_requests"] == 100


@pytest.mark.parametrize("name", [name for name in SHAPES if name != "random"])
def test_workflow_runs_every_step_once(found: dict[str, Any], name: str) -> None:
    assert found["shapes"][name] == {"right": True, "requests": 3 * len(shape(name).steps)}


def test_only_the_random_shape_is_not_available(found: dict[str, Any]) -> None:
    reasons = {name: result["na"] for name, result in found["shapes"].items() if "na" in result}
    assert set(reasons) == {"random"}
    assert "too early" in reasons["random"]
    assert found["random_anyway"] == "RunFailed"  # if not, the framework mended its joins


def test_a_failing_step_or_wrong_inputs_fail_the_workflow(found: dict[str, Any]) -> None:
    assert found["workflow_failure"] == ["ModelFailure", "ModelFailure"]
    assert found["workflow_wrong"] == "WrongPrompt"


def test_a_wrong_tool_result_fails_the_run(found: dict[str, Any]) -> None:
    assert found["wrong_tool"] == "RunFailed"


def test_run_sync_works_in_worker_threads(found: dict[str, Any]) -> None:
    assert found["threads"] == [f"reply {i}" for i in range(20)]


def test_run_sync_refuses_a_running_loop(found: dict[str, Any]) -> None:
    assert found["sync_in_loop"] not in ("", "RunFailed")


def test_which_dags_a_join_would_close_early() -> None:
    assert all(not closes_early(d) for d in (chain(), fan(), diamond(), layered(), unbalanced()))
    nested = Step("d", ("b", "c")), Step("e", ("a", "d"))
    steps = Step("a"), Step("b", ("a",)), Step("c", ("a",))
    assert "'e'" in closes_early(Dag("nested", (*steps, *nested)))
    behind_it = Step("e", ("d",)), Step("f", ("d",)), Step("g", ("e", "f"))
    assert not closes_early(Dag("in turn", (*steps, nested[0], *behind_it)))


def test_it_is_found_by_name() -> None:
    assert load("pydantic_ai").package == "pydantic-ai-slim"
