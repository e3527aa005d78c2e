"""LlamaIndex Workflows: an agent of steps, as its documentation builds one from scratch.

It has events and steps, and no model interface: what asks the model is the user's step. Each tool
call of a turn is an event, so they run at once, four by the framework's default. A tool that is a
`def` is called by a step that is a `def`, which the framework runs in a thread. Uses only what
every release from 2.13 (January 2026) on has.
"""

# No `from __future__ import annotations`: the framework reads the annotations of steps.
import functools
import inspect
from collections.abc import AsyncGenerator
from types import SimpleNamespace as Message
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ChatAgent, Tool, place_of, spans
from harness.workload.model import Model, no_client


@functools.cache
def _asker(awaits: bool) -> Any:
    """The user's agent, whose tools are each an `async def`, or a `def`; made once per process."""
    from workflows import Context, Workflow, step
    from workflows.events import Event, StartEvent, StopEvent

    class Call(Event):  # type: ignore[misc]
        key: int
        of: int

    class Result(Call):
        text: str

    class Asker(Workflow):  # type: ignore[misc]
        def __init__(self, model: Model, tools: list[Tool]) -> None:
            super().__init__(timeout=120)
            self.model, self.tools = model, tools

        @step  # type: ignore[untyped-decorator]
        async def ask(self, ctx: Context, ev: StartEvent | Result) -> Call | StopEvent | None:
            if isinstance(ev, StartEvent):
                said, streamed = ev.said, ev.streamed
            elif results := ctx.collect_events(ev, [Result] * ev.of):
                said, streamed = await ctx.store.get("asked")
                results.sort(key=lambda result: result.key)
                said = [*said, *(Message(role="tool", content=each.text) for each in results)]
            else:
                return None
            await ctx.store.set("asked", (said, streamed))
            place, text = place_of(self.model, said), ""
            if streamed:
                async for turn in self.model.astream(*place):
                    text += turn.text
                    ctx.write_event_to_stream(Event(text=turn.text))
            else:
                turn = await self.model.acomplete(*place)
            for call in turn.calls:
                ctx.send_event(Call(key=call.key, of=len(turn.calls)))
            return None if turn.calls else StopEvent(result=text or turn.text)

        if awaits:

            @step  # type: ignore[untyped-decorator]
            async def call(self, ev: Call) -> Result:
                return Result(key=ev.key, of=ev.of, text=await self.tools[0](ev.key))
        else:

            @step  # type: ignore[untyped-decorator]
            def call(self, ev: Call) -> Result:
                return Result(key=ev.key, of=ev.of, text=self.tools[0](ev.key))

    return Asker


class LlamaIndexAgent(ChatAgent):
    """A workflow whose steps ask the model and call its tools."""

    acts_on = ChatAgent.acts_on | {"history"}

    def built(self, tools: list[Tool]) -> Any:
        return _asker(all(map(inspect.iscoroutinefunction, tools)))(self.model, tools)

    def _run(self, prompt: str, streamed: bool) -> Any:
        turns = (*self.earlier, ("user", prompt))
        said = [Message(role=role, content=text) for role, text in turns]
        return self.asyncio.run(said=said, streamed=streamed)

    async def arun(self, prompt: str) -> str:
        return self.checked(None, await self._run(prompt, False))

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        run = self._run(prompt, True)
        async for event in run.stream_events():
            if text := getattr(event, "text", ""):
                yield text
        self.checked(None, await run)


class LlamaIndexWorkflowsRuntime(base.Runtime):
    """LlamaIndex Workflows, as installed. It runs on an event loop only."""

    name = "llama_index_workflows"
    package = "llama-index-workflows"
    imports = ("workflows", "workflows.events")
    workflows = "harness.runtimes.llama_index_workflows.workflow:LlamaIndexWorkflow"

    def agent(self, model: Model) -> LlamaIndexAgent:
        return LlamaIndexAgent(model) if not model.url else no_client(self.release())

    def observed(self) -> base.Observed:
        """Its own instrumentation, with the handler it has for spans in memory."""
        from llama_index_instrumentation import get_dispatcher
        from llama_index_instrumentation.span_handlers import SimpleSpanHandler

        handler, handlers = SimpleSpanHandler(), get_dispatcher().span_handlers
        on, off = handlers.append, handlers.remove
        return spans.switched(handler.completed_spans, lambda: on(handler), lambda: off(handler))
