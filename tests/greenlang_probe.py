"""What the GreenLang runtime does, printed as JSON; run where GreenLang is installed."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Callable
from typing import Any

from harness.runtimes import load
from harness.runtimes.base import RunFailed
from harness.runtimes.greenlang.runtime import GreenLangWorkflow
from harness.workload.dag import SHAPES, shape
from harness.workload.model import Model
from harness.workload.script import Script, prompt_of

runtime = load("greenlang")
assert "greenlang" not in sys.modules, "loading the adapter imported the framework"


def outcome(call: Callable[[], Any]) -> dict[str, Any]:
    """The value of a call, or the name and text of the refusal it raised."""
    try:
        return {"value": call()}
    except (NotImplementedError, RunFailed) as error:
        return {"error": type(error).__name__, "text": str(error)}


def replies(rounds: int) -> list[Any]:
    model = Model(Script(tool_rounds=rounds))
    return [runtime.agent(model).run(prompt_of(3)), model.requests]


def failing(at: tuple[int, int]) -> str:
    script = Script(tool_rounds=2, fail_at=frozenset({at}))
    return runtime.agent(Model(script)).run(prompt_of(3))


def workflow(name: str) -> list[Any]:
    dag = shape(name)
    model = Model(dag.script())
    flow = runtime.workflow(dag, model)
    return [flow.run(), flow.run(), model.requests]


def failing_workflow() -> Any:
    dag = shape("diamond")
    fail_at = frozenset({(2, 0)})
    model = Model(Script(fail_at=fail_at, prompts=dag.script().prompts))
    return runtime.workflow(dag, model).run()


def broken_step(replacement: Callable[[dict[str, Any]], Any], step: str = "left") -> Any:
    """A run one of whose steps is not what it should be."""
    dag = shape("diamond")
    flow = runtime.workflow(dag, Model(dag.script()))
    assert isinstance(flow, GreenLangWorkflow)
    flow.orchestrator.agents[step].execute = replacement
    return flow.run()


def silent_failure(input_data: dict[str, Any]) -> Any:
    raise RuntimeError("")


def wrong_reply(input_data: dict[str, Any]) -> Any:
    from greenlang.agents.base import AgentResult

    return AgentResult(success=True, data={"reply": "reply 99"})


def no_reply(input_data: dict[str, Any]) -> Any:
    from greenlang.agents.base import AgentResult

    return AgentResult(success=True, data={})


def denied() -> Any:
    """A run with the policy switch back on, where there is no policy engine."""
    dag = shape("chain")
    flow = runtime.workflow(dag, Model(dag.script()))
    from greenlang.core import orchestrator

    orchestrator.POLICY_AVAILABLE = True
    try:
        return flow.run()
    finally:
        orchestrator.POLICY_AVAILABLE = False


def shipped(name: str) -> str:
    """Three good runs, then results that its check must refuse."""
    built = runtime.shipped(name)
    for _ in range(3):
        built.check(built.call())
    wrong: tuple[Any, ...] = ({}, {"success": False}, [], [{"success": True}] * 10, None)
    for result in wrong:
        try:
            built.check(result)
        except RunFailed:
            continue
        return f"accepted {result!r}"
    return "ok"


def threads_end() -> list[bool]:
    before = threading.active_count()
    built = runtime.shipped("fuel.async_batch")
    built.check(built.call())
    during = threading.active_count()
    del built
    return [during > before, threading.active_count() == before]


def main() -> None:
    agent = runtime.agent(Model())
    flow = runtime.workflow(shape("chain"), Model(shape("chain").script()))
    seen = {
        "version": runtime.version(),
        "same_class": type(vars(agent)["agent"]) is type(vars(runtime.agent(Model()))["agent"]),
        "replies": {rounds: replies(rounds) for rounds in (0, 2)},
        "failures": [outcome(lambda at=at: failing(at)) for at in ((3, 0), (3, 2))],  # type: ignore[misc]
        "workflows": {name: workflow(name) for name in SHAPES},
        "failing_workflow": outcome(failing_workflow),
        "silent_failure": outcome(lambda: broken_step(silent_failure)),
        "wrong_reply": outcome(lambda: broken_step(wrong_reply)),
        "no_reply": outcome(lambda: broken_step(no_reply, "bottom")),
        "denied": outcome(denied),
        "agent_arun": outcome(lambda: asyncio.run(agent.arun(prompt_of(0)))),
        "workflow_arun": outcome(lambda: asyncio.run(flow.arun())),
        "shipped": {n: outcome(lambda n=n: shipped(n)) for n in runtime.shipped_names},  # type: ignore[misc]
        "unknown_shipped": outcome(lambda: runtime.shipped("no such agent")),
        "threads_end": threads_end(),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
