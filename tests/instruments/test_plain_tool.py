"""A plain `def` tool that takes its time: does the loop stand still, by verb and benchmark."""

import json
import subprocess
import sys
import time

import pytest
from adapters import Unable
from leaky_runtimes import ToolInThread, ToolsInThreads, ToolsOnLoop
from places import TESTS

from harness.instruments.event_loop.plain_tool import CALLS, PlainTool
from harness.measures.leftovers import blocked_by_tool
from harness.runtimes.base import Agent, Runtime
from harness.runtimes.floor.agent import FloorRuntime
from harness.tools.event_loop.worker import PLAIN_TOOL, perform


def test_a_plain_tool_of_the_floor_runs_in_a_thread():
    assert blocked_by_tool(FloorRuntime(), "asyncio") == {"blocks": 0}


@pytest.mark.parametrize("runtime", [ToolsOnLoop, ToolsInThreads])
def test_the_benchmark_and_the_verb_give_the_same_calls(runtime):
    blocks = CALLS if runtime is ToolsOnLoop else 0
    assert blocked_by_tool(runtime(), "asyncio") == {"blocks": blocks}
    told = perform(f"leaky_runtimes:{runtime.__name__}", PLAIN_TOOL, 1, 0.05)
    assert told["blocks"] == blocks


class OwnTool(Runtime):
    """Its agent calls a tool of its own, which returns at once."""

    def agent(self, model):
        class Own(Agent):
            async def arun(self, prompt):
                await model.acomplete(prompt, 0)
                return (await model.acomplete(prompt, 1)).text

        return Own()


@pytest.mark.parametrize(
    ("runtime", "reason"), [(OwnTool, "a tool of its own"), (Unable, "no asyncio entry point")]
)
def test_a_tool_that_cannot_be_slow_is_not_measured(runtime, reason):
    with pytest.raises(NotImplementedError, match=reason):
        blocked_by_tool(runtime(), "asyncio")


def test_a_first_run_that_blocks_is_no_block_of_the_tool():
    class Agent(ToolInThread):
        runs = 0

        async def arun(self, prompt):
            self.runs += 1
            if self.runs == 1:
                time.sleep(0.1)  # as a late import does
            return await super().arun(prompt)

    class Runtime(ToolsInThreads):
        def agent(self, model):
            return Agent(model)

    assert blocked_by_tool(Runtime(), "asyncio") == {"blocks": 0}


def test_what_a_tool_does_to_the_loop_is_a_sentence():
    assert "does not block" in PlainTool(5, 0).text()
    assert (
        "blocks the event loop: in 5 of 5 calls it did not turn for 500" in PlainTool(5, 5).text()
    )


@pytest.mark.parametrize(("runtime", "status"), [("ToolsOnLoop", 1), ("ToolsInThreads", 0)])
def test_the_command_says_what_becomes_of_plain_tools(runtime, status):
    command = ["event-loop", "--runtime", f"leaky_runtimes:{runtime}", "--requests", "5"]
    command = [sys.executable, "-m", "harness", *command, "--json", "-"]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True)
    told = json.loads(done.stdout)
    assert bool(told["scenarios"]["tools"]["blocks"]) == bool(status)
    assert done.returncode in ((1,) if status else (0, 3))  # 3: the machine was too busy to tell
    verdict = done.stderr.splitlines()[-1]
    assert (verdict.endswith("while a plain `def` tool runs")) == bool(status)
