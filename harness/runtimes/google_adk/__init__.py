"""Google ADK: LlmAgent on a subclass of BaseLlm, run by InMemoryRunner; workflows on Workflow.

Each run has a session of its own, which is deleted at its end: the in-memory service would keep
them all. An earlier conversation is put into it first, event by event. Plain runs have a thread
and an event loop each. Asks over HTTP through LiteLlm, which needs litellm. Uses only what every
release from 1.16 (October 2025) on has; there are no graphs before 2.0.
"""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ChatAgent, Tool, asked, needing, spans
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME

Said = Iterable[tuple[str, str]]


def _results(contents: list[Any]) -> list[Any]:
    parts = (part.function_response for each in contents for part in each.parts)
    return [part.response.get("result") for part in parts if part]


def _place(model: Model, contents: list[Any]) -> tuple[str, int]:
    texts = [(each.role, part.text) for each in contents for part in each.parts if part.text]
    prompts, replies = ([text for who, text in texts if who == role] for role in ("user", "model"))
    return asked(model, prompts, _results(contents), replies)


@functools.cache
def _scripted() -> Callable[..., Any]:
    """A BaseLlm that answers a script, whole or in pieces, with calls that have no id."""
    from google.adk.models import BaseLlm, LlmResponse
    from google.genai import types

    used = types.GenerateContentResponseUsageMetadata(prompt_token_count=1)

    def response(parts: list[Any], partial: bool) -> Any:
        content = types.Content(role="model", parts=parts)
        return LlmResponse(content=content, partial=partial, usage_metadata=used)

    class Scripted(BaseLlm):  # type: ignore[misc]
        script: Any

        async def generate_content_async(self, llm_request: Any, stream: bool = False) -> Any:
            text, called = "", types.Part.from_function_call
            async for turn in self.script.astream(*_place(self.script, llm_request.contents)):
                text += turn.text
                if stream and not turn.calls:
                    yield response([types.Part(text=turn.text)], partial=True)
            calls = [called(name=TOOL_NAME, args={"key": call.key}) for call in turn.calls]
            yield response(calls or [types.Part(text=text)], partial=False)

    return Scripted


@needing("litellm is not installed here")
def _remote(model: Model) -> Any:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or it looks prices up
    import litellm  # noqa: F401
    from google.adk.models.lite_llm import LiteLlm

    return LiteLlm("openai/script", api_base=model.url, api_key="none", num_retries=0)


async def _asking(runner: Any, text: str, said: Said) -> tuple[Any, dict[str, Any]]:
    """How to end a new session, in which is what was said, and how to ask in it."""
    from google.adk.events import Event
    from google.genai.types import ModelContent, UserContent

    service, user = runner.session_service, {"app_name": "app", "user_id": "user"}
    session = await service.create_session(**user)
    for author, earlier in said:
        content = UserContent(earlier) if author == "user" else ModelContent(earlier)
        await service.append_event(session, Event(author=author, content=content))
    end = functools.partial(service.delete_session, **user, session_id=session.id)
    return end, {"user_id": "user", "session_id": session.id, "new_message": UserContent(text)}


def events(runner: Any, text: str, said: Said = ()) -> list[Any]:
    """Those of a run in a session of its own, which is deleted at its end."""
    end, asking = asyncio.run(_asking(runner, text, said))
    seen = list(runner.run(**asking))
    asyncio.run(end())
    return seen


async def aevents(runner: Any, text: str, said: Said = (), **options: Any) -> Any:
    """The same on the running event loop, as they come."""
    end, asking = await _asking(runner, text, said)
    async for event in runner.run_async(**asking, **options):
        yield event
    await end()


class GoogleAdkAgent(ChatAgent):
    """google.adk.agents.LlmAgent, each run in a session of its own."""

    acts_on = ChatAgent.acts_on | {"history"}

    def built(self, tools: list[Tool]) -> Any:
        from google.adk.agents import LlmAgent
        from google.adk.runners import InMemoryRunner

        url = self.model.url
        model = _remote(self.model) if url else _scripted()(model="script", script=self.model)
        return InMemoryRunner(LlmAgent(name="assistant", model=model, tools=tools), app_name="app")

    def run(self, prompt: str) -> str:
        return self._ended(events(self.plain, prompt, self.earlier))

    async def arun(self, prompt: str) -> str:
        return self._ended([each async for each in aevents(self.asyncio, prompt, self.earlier)])

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        from google.adk.agents.run_config import RunConfig, StreamingMode

        config, seen = RunConfig(streaming_mode=StreamingMode.SSE), []
        async for event in aevents(self.asyncio, prompt, self.earlier, run_config=config):
            seen.append(event)
            if event.partial and (text := event.content.parts[0].text):
                yield text
        self._ended(seen)

    def _ended(self, seen: list[Any]) -> str:
        # A plain run of old releases that fails only ends.
        if not seen or seen[-1].error_code or not seen[-1].is_final_response():
            raise base.RunFailed(f"the run ended with {seen[-1:]}")
        return self.checked(seen, seen[-1].content.parts[0].text)

    def results(self, result: Any) -> list[Any]:
        return _results([event.content for event in result if event.content])


class GoogleAdkRuntime(base.Runtime):
    """Google ADK, as installed."""

    name = "google_adk"
    package = "google-adk"
    imports = ("google.adk.agents", "google.adk.runners")
    workflows = "harness.runtimes.google_adk.workflow:GoogleAdkWorkflow"

    def agent(self, model: Model) -> GoogleAdkAgent:
        return GoogleAdkAgent(model)

    def observed(self) -> base.Observed:
        return spans.everywhere()
