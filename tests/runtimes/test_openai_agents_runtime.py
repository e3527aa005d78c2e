"""The OpenAI Agents runtime against a real release, installed as of the release's own day."""

from __future__ import annotations

from typing import Any

import pytest
from framework_env import (
    only_here,
    own_replies,
    probe,
    right_over_http,
    right_replies,
    right_streams,
    spans_of_a_run,
)

from harness.runtimes import load

RELEASE = "0.24.0"
AS_OF = "2026-10-16T02:38:18Z"  # one day after its upload

# A processor sees every trace that is begun; with tracing off there is none.
EXTRA = """
import agents
from agents.tracing import TracingProcessor

traces = []
recorder = type("Recorder", (TracingProcessor,), {
    name: lambda self, *seen: traces.extend(seen) for name in TracingProcessor.__abstractmethods__
})
agents.add_trace_processor(recorder())
asyncio.run(runtime.agent(Model(Script(1))).arun(prompt_of(1)))
found["traces"] = len(traces)
agents.set_tracing_disabled(False)
agents.set_trace_processors([recorder()])
asyncio.run(runtime.agent(Model(Script(1))).arun(prompt_of(1)))
found["traces_when_on"] = len(traces)
"""


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return probe(tmp_path_factory, "openai_agents", f"openai-agents=={RELEASE}", AS_OF, EXTRA)


def test_loading_the_adapter_does_not_import_the_sdk(found: dict[str, Any]) -> None:
    assert (found["lazy"], found["version"]) == (True, RELEASE)


def test_sync_and_async_replies_and_request_counts(found: dict[str, Any]) -> None:
    assert right_replies(found)


def test_a_scripted_failure_raises_and_the_agent_goes_on(found: dict[str, Any]) -> None:
    assert found["failure"] == ["ModelFailure", "ModelFailure", "WrongPrompt", "reply 8"]


def test_concurrent_runs_each_get_their_own_reply(found: dict[str, Any]) -> None:
    assert own_replies(found)


def test_streamed_runs_hand_on_every_piece(found: dict[str, Any]) -> None:
    assert right_streams(found)


def test_runs_over_http_and_no_retries(found: dict[str, Any]) -> None:
    assert right_over_http(found)


def test_its_own_tracing_records_spans_and_goes_off_again(found: dict[str, Any]) -> None:
    assert spans_of_a_run(found) == 5


def test_a_wrong_tool_result_fails_the_run(found: dict[str, Any]) -> None:
    assert found["wrong_tool"] == "RunFailed"


def test_no_trace_is_made_and_nothing_connects_elsewhere(found: dict[str, Any]) -> None:
    assert found["traces"] == 0 and only_here(found)
    assert found["traces_when_on"] > 0  # or the test above would see none either way


def test_there_are_no_workflows(found: dict[str, Any]) -> None:
    assert all("has no workflows" in result["na"] for result in found["shapes"].values())


def test_run_sync_refuses_a_running_loop(found: dict[str, Any]) -> None:
    assert found["sync_in_loop"] not in ("", "RunFailed")


def test_it_is_found_by_name() -> None:
    assert load("openai_agents").package == "openai-agents"
