"""Checks of single frameworks, run with those of `contract`; each takes the runtime."""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
from collections.abc import Callable
from typing import Any

from harness.runtimes import load
from harness.runtimes.base import RunFailed, Runtime
from harness.workload.dag import Dag, Step, shape, unbalanced
from harness.workload.model import Model
from harness.workload.script import Script, Turn, prompt_of, request_of


def blocks_in_blocks(runtime: Runtime) -> None:
    """Names that meet, blocks in blocks."""
    nested = Dag(
        "nested",
        (
            *(Step("a"), Step("b", ("a",)), Step("c", ("b",)), Step("d", ("b",))),
            *(Step("e", ("c", "d")), Step("f", ("a",)), Step("g", ("e", "f", "a"))),
        ),
    )
    workflow = runtime.workflow(nested, Model(nested.script()))
    assert workflow.run() == asyncio.run(workflow.arun()) == nested.expected()


class Meeting(Model):
    """Answers a1 when b2, of the other branch, has been asked: never, behind a barrier."""

    def __init__(self, dag: Dag) -> None:
        super().__init__(dag.script())
        self.first, self.last = dag.index["a1"], dag.index["b2"]
        self.met = threading.Event()

    def _meet(self, prompt: str, seconds: float) -> bool:
        if request_of(prompt) == self.last:
            self.met.set()
        return request_of(prompt) != self.first or self.met.wait(seconds)

    def complete(self, prompt: str, round: int = 0) -> Turn:
        assert self._meet(prompt, 20.0), "b2 waits for a1"
        return super().complete(prompt, round)

    async def acomplete(self, prompt: str, round: int = 0) -> Turn:
        for _ in range(1000):
            if self._meet(prompt, 0.0):
                return await super().acomplete(prompt, round)
            await asyncio.sleep(0.02)
        raise AssertionError("b2 waits for a1")


def branches_overlap(runtime: Runtime) -> None:
    """No barrier after each level, in threads or on the event loop."""
    dag = unbalanced()
    assert runtime.workflow(dag, Meeting(dag)).run() == dag.expected()
    assert asyncio.run(runtime.workflow(dag, Meeting(dag)).arun()) == dag.expected()


def no_traces_unless_on(runtime: Runtime) -> None:
    """A processor sees every trace that is begun; with tracing off there is none."""
    import agents
    from agents.tracing import TracingProcessor

    traces: list[object] = []
    names = TracingProcessor.__abstractmethods__
    methods = dict.fromkeys(names, lambda self, *seen: traces.extend(seen))
    agents.set_trace_processors([type("Recorder", (TracingProcessor,), methods)()])

    def run() -> int:
        asyncio.run(runtime.agent(Model(Script(1))).arun(prompt_of(1)))
        return len(traces)

    assert run() == 0
    agents.set_tracing_disabled(False)
    assert run() > 0, "nothing is seen either way"
    agents.set_tracing_disabled(True)


def joins_still_close_early(runtime: Runtime) -> None:
    """Without our check the random shape fails; if not, the framework mended its joins."""
    import harness.runtimes.pydantic_ai.workflow as workflows

    check, workflows.closes_early = workflows.closes_early, lambda dag: ""
    dag = shape("random")
    try:
        refused(runtime.workflow(dag, Model(dag.script())).run, "without the output of")
    finally:
        workflows.closes_early = check


def refused(call: Callable[[], object], text: str, kind: type[Exception] = RunFailed) -> None:
    try:
        got = call()
    except kind as error:
        assert text in str(error), error
    else:
        raise AssertionError(f"no {kind.__name__} but {got!r}")


def same_class(runtime: Any) -> None:
    """Building an agent makes no class."""
    assert type(runtime.agent(Model()).agent) is type(runtime.agent(Model()).agent)


def failed_and_misled_steps(runtime: Runtime) -> None:
    """A step's silent failure, wrong reply or missing reply fails its workflow."""
    from greenlang.agents.base import AgentResult

    def silent(input_data: object) -> Any:
        raise RuntimeError("")

    def replies(data: dict[str, str]) -> Callable[[object], Any]:
        return lambda input_data: AgentResult(success=True, data=data)

    dag = shape("diamond")
    for step, replacement, text in (
        ("left", silent, "no reply of 'left'"),
        ("left", replies({"reply": "reply 99"}), "reply 99"),
        ("bottom", replies({}), "no reply of 'bottom'"),
    ):
        flow: Any = runtime.workflow(dag, Model(dag.script()))
        flow.orchestrator.agents[step].execute = replacement
        refused(flow.run, text)


def denied(runtime: Runtime) -> None:
    """With the policy switch back on, where there is no policy engine, a run is refused."""
    dag = shape("chain")
    flow = runtime.workflow(dag, Model(dag.script()))
    from greenlang.core import orchestrator

    orchestrator.POLICY_AVAILABLE = True
    try:
        refused(flow.run, "POLICY.DENIED")
    finally:
        orchestrator.POLICY_AVAILABLE = False


def shipped(name: str, runtime: Runtime) -> None:
    """Three good runs, then results that its check must refuse."""
    built = runtime.shipped(name)
    for _ in range(3):
        built.check(built.call())
    wrong: tuple[Any, ...] = ({}, {"success": False}, [], [{"success": True}] * 10, None)
    for result in wrong:
        refused(lambda result=result: built.check(result), "")  # type: ignore[misc]


def threads_end(runtime: Runtime) -> None:
    """Worker threads of asyncio entry points end with what was built."""
    before = threading.active_count()
    built = runtime.shipped("fuel.async_batch")
    built.check(built.call())
    assert threading.active_count() > before
    del built
    assert threading.active_count() == before


def a_failed_import_stays_failed(runtime: Any) -> None:
    """A second attempt would import another, unfinished package of that name."""
    kind, missing = type(runtime), "no_such_module_of_greenlang"
    imports, text = kind.imports, "does not import as installed"
    kind.imports = (missing,)
    try:
        refused(lambda: kind().agent(Model()), text, NotImplementedError)
        sys.modules[missing] = sys
        refused(lambda: kind().shipped("fuel"), text, NotImplementedError)
    finally:
        kind.imports = imports


OF: dict[str, dict[str, Callable[[Runtime], None]]] = {
    "agno": {"blocks in blocks": blocks_in_blocks, "branches overlap": branches_overlap},
    "openai_agents": {"no traces unless on": no_traces_unless_on},
    "pydantic_ai": {"joins still close early": joins_still_close_early},
    "greenlang": {
        "same class": same_class,
        "failed and misled steps": failed_and_misled_steps,
        "denied": denied,
        "threads end": threads_end,
        "unknown": functools.partial(shipped, "no such agent"),
        **{f"shipped {n}": functools.partial(shipped, n) for n in load("greenlang").shipped_names},
        "a failed import stays failed": a_failed_import_stays_failed,
    },
}
