"""DSPy: Predict, or ReAct where there are tools, on a BaseLM of ours; modules and dspy.Parallel.

It writes a text protocol around prompts and replies. ReAct has an iteration for each tool round,
and asks for the reply after the last; if it had more, it would first ask whether it is done. Model
calls are kept in its histories, as by default. Branches of a workflow run in threads. Uses only
what every release from 3.0 (August 2025) on has.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ChatAgent, Tool, asked
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, Turn, WrongPrompt

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or importing it fetches one
_FIELD = re.compile(r"\[\[ ## (\w+) ## \]\]\n")


def _fields(message: dict[str, Any]) -> dict[str, str]:
    """What DSPy's ChatAdapter writes: [[ ## name ## ]], its value, a blank line, a request."""
    before, *parts = _FIELD.split(message["content"].partition("\n\nRespond with the")[0])
    if before:
        raise WrongPrompt(f"not what DSPy writes: {message!r}")
    values = (value.removesuffix("\n\n") for value in parts[1::2])
    return dict(zip(parts[::2], values, strict=True))


def _place(model: Model, messages: list[dict[str, Any]]) -> tuple[str, int]:
    *earlier, last = map(_fields, messages[1:])
    prompts = [each["prompt"] for each in (*earlier[::2], last)]
    results = [value for name, value in last.items() if name.startswith("observation_")]
    return asked(model, prompts, results, [each["reply"] for each in earlier[1::2]])


def _completion(turn: Turn, model: Model) -> Any:
    """A chat completion with the fields that DSPy asks for."""
    answer = {"reasoning": ""} if model.script.tool_rounds else {}
    answer["reply"] = turn.text
    for call in turn.calls:
        answer = {"next_thought": "", "next_tool_name": TOOL_NAME, "next_tool_args": call.arguments}
    text = "".join(f"[[ ## {name} ## ]]\n{value}\n\n" for name, value in answer.items())
    message = SimpleNamespace(content=f"{text}[[ ## completed ## ]]")
    return SimpleNamespace(choices=[SimpleNamespace(message=message)], usage={}, model="script")


@functools.cache
def _scripted() -> Callable[[Model], Any]:
    import dspy

    class Scripted(dspy.BaseLM):  # type: ignore[misc]
        def __init__(self, model: Model) -> None:
            super().__init__(model="script")
            self.answers = model

        def forward(self, prompt: Any = None, messages: Any = None, **options: Any) -> Any:
            return _completion(self.answers.complete(*_place(self.answers, messages)), self.answers)

        async def aforward(self, prompt: Any = None, messages: Any = None, **options: Any) -> Any:
            turn = await self.answers.acomplete(*_place(self.answers, messages))
            return _completion(turn, self.answers)

    return Scripted


class DSPyAgent(ChatAgent):
    acts_on = ChatAgent.acts_on | {"history"}

    def built(self, tools: list[Tool]) -> Any:
        import dspy

        if self.model.script.more & ({"calls", "history"} if self.rounds else {"offered"}):
            raise NotImplementedError("ReAct iterates on tools, one call each, without old replies")
        said = [{"prompt": user, "reply": reply} for user, reply in self.model.script.exchanges]
        self._inputs = {"history": dspy.History(messages=said)} if said else {}
        signature = f"prompt{', history: dspy.History' if said else ''} -> reply"
        program = dspy.ReAct(signature, tools, self.rounds) if tools else dspy.Predict(signature)
        program.set_lm(_scripted()(self.model))
        return program

    def run(self, prompt: str) -> str:
        return self.checked(None, self.plain(prompt=prompt, **self._inputs).reply)

    async def arun(self, prompt: str) -> str:
        return self.checked(None, (await self.asyncio.acall(prompt=prompt, **self._inputs)).reply)


class DSPyRuntime(base.Runtime):
    """DSPy, as installed."""

    name = package = "dspy"
    imports = ("dspy",)
    workflows = "harness.runtimes.dspy.workflow:DSPyWorkflow"

    def agent(self, model: Model) -> DSPyAgent:
        if model.url:
            raise NotImplementedError("no model server's script speaks DSPy's text protocol")
        return DSPyAgent(model)

    @contextlib.contextmanager
    def observed(self) -> Iterator[base.Sink]:
        """A callback in dspy.context, which is how tracing hears of each call that ends."""
        import dspy
        from dspy.utils.callback import BaseCallback

        ended: list[object] = []
        ends = [name for name in vars(BaseCallback) if name.endswith("_end")]
        heard = dict.fromkeys(ends, lambda self, **call: ended.append(call["call_id"]))
        with dspy.context(callbacks=[type("Recorder", (BaseCallback,), heard)()]):
            yield ended
