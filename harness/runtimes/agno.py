"""Agno: Agent on a subclass of its Model interface, workflows on Workflow, Steps and Parallel.

Telemetry is off by the documented `telemetry=False`: with it on, every run is reported to
Agno's servers. Without a database an agent keeps no history, so one agent serves any number of
runs at once. Only calls present in every release from 2.2 (November 2025) on are used.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from harness.dag import Dag, Step
from harness.model import Model
from harness.runtimes import base
from harness.script import TOOL_NAME, Turn, WrongPrompt, tool_result
from harness.series_parallel import Block, block_of


def lookup(key: int) -> str:
    """The one tool, for programs of threads."""
    return tool_result(key)


async def alookup(key: int) -> str:
    """For asyncio: Agno would hand a `def` to a thread, which makes counts inexact."""
    return tool_result(key)


alookup.__name__ = TOOL_NAME  # Agno knows a tool by its function's name


@functools.cache
def _scripted() -> Callable[[Model], Any]:
    """Agno's Model that answers a script; made once per process."""
    from agno.models.base import Model as AgnoModel
    from agno.models.response import ModelResponse

    def response(turn: Turn) -> Any:
        if turn.tool_key is None:
            return ModelResponse(role="assistant", content=turn.text)
        function = {"name": TOOL_NAME, "arguments": f'{{"key": {turn.tool_key}}}'}
        call = {"id": f"call {turn.tool_key}", "type": "function", "function": function}
        return ModelResponse(role="assistant", tool_calls=[call])

    class Scripted(AgnoModel):  # type: ignore[misc]
        """Answers with a message or a tool call; threads and asyncio each their own way."""

        def __init__(self, model: Model) -> None:
            super().__init__(id="script", name="script", provider="script")
            self.model = model

        def invoke(self, messages: list[Any], **options: Any) -> Any:
            return response(self.model.complete(*_asked(messages)))

        async def ainvoke(self, messages: list[Any], **options: Any) -> Any:
            return response(await self.model.acomplete(*_asked(messages)))

        # Abstract in Agno, and called only for streams and for real providers.
        invoke_stream = ainvoke_stream = None
        _parse_provider_response = _parse_provider_response_delta = None

    return Scripted


def _asked(messages: list[Any]) -> tuple[str, int]:
    """The one user message of a conversation, and how many tool results are in it."""
    prompts = [message.content for message in messages if message.role == "user"]
    if len(prompts) != 1 or not isinstance(prompts[0], str):
        raise WrongPrompt(f"not one text prompt: {prompts!r}")
    return prompts[0], sum(message.role == "tool" for message in messages)


class AgnoAgent(base.Agent):
    """One agno.agent.Agent; if it has a tool, a second one for asyncio, made when first run."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._plain = self._built(lookup)
        self._returns = [tool_result(key) for key in range(model.script.tool_rounds)]

    def _built(self, tool: Callable[..., Any]) -> Any:
        from agno.agent import Agent

        tools = [tool] if self._model.script.tool_rounds else []
        return Agent(model=_scripted()(self._model), tools=tools, telemetry=False)

    @functools.cached_property
    def _asyncio(self) -> Any:
        return self._built(alookup) if self._returns else self._plain

    def run(self, prompt: str) -> str:
        return self._checked(self._plain.run(prompt))

    async def arun(self, prompt: str) -> str:
        return self._checked(await self._asyncio.arun(prompt))

    def _checked(self, result: Any) -> str:
        # From 3.0 on, a run whose model raises returns with this status and the error's text.
        if result.status != "COMPLETED":
            raise base.RunFailed(f"the run ended {result.status}: {result.content}")
        returns = [tool.result for tool in result.tools or ()]
        if returns != self._returns:
            raise base.RunFailed(f"the tool returned {returns}, the script asks {self._returns}")
        return str(result.content)


class AgnoWorkflow(base.Workflow):
    """One agent a step, nested in Steps and Parallel as the DAG's own shape asks.

    Workflow.run refuses asyncio steps and plain ones would block the event loop: there are two
    workflows on the same agents. Steps are not retried (Agno would ask up to four times).
    """

    def __init__(self, dag: Dag, model: Model) -> None:
        block = block_of(dag)
        calls = {step.name: _calls(dag, step, AgnoAgent(model)) for step in dag.steps}
        self._plain = _workflow(dag, block, {name: both[0] for name, both in calls.items()})
        self._asyncio = _workflow(dag, block, {name: both[1] for name, both in calls.items()})
        self._names = sorted(calls)

    def run(self) -> dict[str, str]:
        return self._checked(self._plain.run("start"))

    async def arun(self) -> dict[str, str]:
        return self._checked(await self._asyncio.arun("start"))

    def _checked(self, result: Any) -> dict[str, str]:
        if result.status != "COMPLETED":
            raise base.RunFailed(f"the workflow ended {result.status}: {result.content}")
        outputs = list(_leaves(result.step_results))
        # A failed step does not fail its workflow: the next ones run without its output.
        if failures := [f"{out.step_name!r}: {out.error}" for out in outputs if not out.success]:
            raise base.RunFailed(f"steps failed: {'; '.join(failures)}")
        if (ran := sorted(out.step_name for out in outputs)) != self._names:
            raise base.RunFailed(f"the workflow ran {ran}, not {self._names}")
        return {out.step_name: out.content for out in outputs}


def _workflow(dag: Dag, block: Block, executors: dict[str, Callable[..., Any]]) -> Any:
    from agno.workflow import Parallel, Steps, Workflow
    from agno.workflow import Step as AgnoStep

    def build(block: Block) -> Any:
        if block.kind == "step":
            return AgnoStep(name=block.name, executor=executors[block.name], max_retries=0)
        parts = [build(part) for part in block.parts]
        # Agno keeps outputs by name, so every block has one of its own.
        name = f"{block.kind} {block.name}"
        return Steps(name, steps=parts) if block.kind == "series" else Parallel(*parts, name=name)

    parts = block.parts if block.kind == "series" else (block,)
    return Workflow(name=dag.name, steps=[build(part) for part in parts], telemetry=False)


def _calls(dag: Dag, step: Step, agent: AgnoAgent) -> tuple[Callable[..., Any], ...]:
    """The functions of one step: for threads and for the event loop."""
    from agno.workflow import StepOutput

    def call(step_input: Any) -> Any:
        return StepOutput(content=agent.run(_prompt(dag, step, step_input)))

    async def acall(step_input: Any) -> Any:
        return StepOutput(content=await agent.arun(_prompt(dag, step, step_input)))

    return call, acall


def _prompt(dag: Dag, step: Step, step_input: Any) -> str:
    """A step's prompt, of the outputs that Agno hands it; KeyError if one of them is missing."""
    earlier = _leaves((step_input.previous_step_outputs or {}).values())
    return dag.prompt(step, {out.step_name: out.content for out in earlier})


def _leaves(outputs: Iterable[Any]) -> Iterable[Any]:
    """The outputs of steps proper; a block's output holds those of its parts."""
    for output in outputs:
        if output.steps:
            yield from _leaves(output.steps)
        else:
            yield output


class AgnoRuntime(base.Runtime):
    """Agno, as installed."""

    name = "agno"
    package = "agno"
    imports = ("agno.agent", "agno.models.base")

    def agent(self, model: Model) -> AgnoAgent:
        return AgnoAgent(model)

    def workflow(self, dag: Dag, model: Model) -> AgnoWorkflow:
        try:
            return AgnoWorkflow(dag, model)
        except ImportError as error:  # releases of 2025 want fastapi for their workflows
            raise NotImplementedError(f"workflows do not import as installed: {error}") from error
