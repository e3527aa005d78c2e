"""The floor's agent for a model behind HTTP: chat completions on the barest client there is."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

from harness.runtimes.base import Agent
from harness.runtimes.floor.bare_client import BareClient
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, tool_result

PARAMETERS = {"type": "object", "properties": {"key": {"type": "integer"}}}


class HttpFloorAgent(Agent):
    """Asks with the whole conversation in each request, calls the tool, returns the reply."""

    acts_on = frozenset({"calls", "offered", "history"})

    def __init__(self, model: Model) -> None:
        self._client = BareClient(f"{model.url}/chat/completions")
        self._fixed: dict[str, Any] = {"model": "script"}
        script = model.script
        if script.tool_rounds or script.offered:
            self._fixed["tools"] = [_tool(number) for number in range(max(1, script.offered))]
        self._earlier = [
            {"role": role, "content": text}
            for said in script.exchanges
            for role, text in zip(("user", "assistant"), said, strict=True)
        ]

    def run(self, prompt: str) -> str:
        messages = self._conversation(prompt)
        while _calls(messages, _message(self._client.post(self._body(messages)))):
            pass
        return str(messages[-1]["content"])

    async def arun(self, prompt: str) -> str:
        messages = self._conversation(prompt)
        while _calls(messages, _message(await self._client.apost(self._body(messages)))):
            pass
        return str(messages[-1]["content"])

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        messages = self._conversation(prompt)
        streamed: dict[str, Any] = {}
        while not streamed or _calls(messages, streamed):
            streamed = {"role": "assistant", "content": "", "tool_calls": []}
            async for event in self._client.events(self._body(messages, stream=True)):
                if text := _add(streamed, event):
                    yield text

    def _conversation(self, prompt: str) -> list[dict[str, Any]]:
        return [*self._earlier, {"role": "user", "content": prompt}]

    def _body(self, messages: list[dict[str, Any]], **options: Any) -> bytes:
        return json.dumps({**self._fixed, "messages": messages, **options}).encode()


def _tool(number: int) -> dict[str, Any]:
    name = f"{TOOL_NAME}_{number}" if number else TOOL_NAME
    return {"type": "function", "function": {"name": name, "parameters": PARAMETERS}}


def _message(answer: bytes) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(answer)["choices"][0]["message"]
    return message


def _calls(messages: list[dict[str, Any]], message: dict[str, Any]) -> bool:
    """Whether the message asks for the tool; both the message and the results are appended."""
    messages.append(message)
    calls = message.get("tool_calls") or []
    for call in calls:
        result = tool_result(json.loads(call["function"]["arguments"])["key"])
        messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})
    return bool(calls)


def _add(message: dict[str, Any], event: bytes) -> str:
    """Add a chunk of a stream to its message; the text that it brought."""
    if event == b"[DONE]" or not (choices := json.loads(event)["choices"]):
        return ""
    delta = choices[0]["delta"]
    for part in delta.get("tool_calls") or []:
        if part["index"] == len(message["tool_calls"]):
            message["tool_calls"].append(part)
        else:
            function = message["tool_calls"][part["index"]]["function"]
            function["arguments"] += part["function"]["arguments"]
    text = delta.get("content") or ""
    message["content"] += text
    return str(text)
