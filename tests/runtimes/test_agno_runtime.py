"""The Agno runtime against a real release, installed as of the release's own day."""

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
from harness.runtimes.kit.series_parallel import Block, NotSeriesParallel, block_of
from harness.workload.dag import SHAPES, Dag, Step, chain, diamond, fan, layered, shape, unbalanced

RELEASE = "3.1.10"
AS_OF = "2026-10-24T13:11:21Z"  # one day after its upload

BESIDE = ("openai", "openinference-instrumentation-agno", "opentelemetry-sdk")

# Blocks in blocks, with names that meet; telemetry that is asked for; a workflow's overlap.
EXTRA = """
from harness.workload.dag import Dag, Step, unbalanced

nested = Dag("nested", (
    Step("a"), Step("b", ("a",)), Step("c", ("b",)), Step("d", ("b",)),
    Step("e", ("c", "d")), Step("f", ("a",)), Step("g", ("e", "f", "a")),
))
workflow = runtime.workflow(nested, Model(nested.script()))
found["nested"] = [r == nested.expected() for r in (workflow.run(), asyncio.run(workflow.arun()))]

import time

def seconds(run):
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin

slow = unbalanced(0.2)
workflow = runtime.workflow(slow, Model(slow.script()))
found["makespans"] = [seconds(workflow.run), seconds(lambda: asyncio.run(workflow.arun()))]
"""


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return probe(tmp_path_factory, "agno", f"agno=={RELEASE}", AS_OF, EXTRA, BESIDE)


def test_loading_the_adapter_does_not_import_agno(found: dict[str, Any]) -> None:
    assert (found["lazy"], found["version"]) == (True, RELEASE)


def test_sync_and_async_replies_and_request_counts(found: dict[str, Any]) -> None:
    assert right_replies(found)


def test_a_scripted_failure_raises_and_the_agent_goes_on(found: dict[str, Any]) -> None:
    # Agno turns what the model raises into a status: only RunFailed is left of it.
    assert found["failure"] == ["RunFailed", "RunFailed", "RunFailed", "reply 8"]


def test_concurrent_runs_each_get_their_own_reply(found: dict[str, Any]) -> None:
    assert own_replies(found)


def test_streamed_runs_hand_on_every_piece(found: dict[str, Any]) -> None:
    assert right_streams(found)


def test_runs_over_http_and_no_retries(found: dict[str, Any]) -> None:
    assert right_over_http(found)


def test_its_own_tracing_records_spans_and_goes_off_again(found: dict[str, Any]) -> None:
    assert spans_of_a_run(found) == 4


def test_a_wrong_tool_result_fails_the_run(found: dict[str, Any]) -> None:
    assert found["wrong_tool"] == "RunFailed"


def test_nothing_connects_but_to_the_model(found: dict[str, Any]) -> None:
    assert only_here(found)


def test_a_plain_run_works_inside_a_running_loop(found: dict[str, Any]) -> None:
    assert found["sync_in_loop"] == ""


@pytest.mark.parametrize("name", [name for name in SHAPES if name != "random"])
def test_workflow_runs_every_step_once(found: dict[str, Any], name: str) -> None:
    assert found["shapes"][name] == {"right": True, "requests": 3 * len(shape(name).steps)}


def test_only_the_random_shape_is_not_available(found: dict[str, Any]) -> None:
    reasons = {name: result["na"] for name, result in found["shapes"].items() if "na" in result}
    assert set(reasons) == {"random"}
    assert "wait for steps they do not need" in reasons["random"]


def test_blocks_in_blocks_and_branches_that_overlap(found: dict[str, Any]) -> None:
    assert found["nested"] == [True, True]
    # Critical path 0.6 s, a barrier after each level 0.8 s, one after another 1.2 s.
    assert all(0.6 <= makespan < 0.75 for makespan in found["makespans"])


def test_a_failing_step_or_wrong_inputs_fail_the_workflow(found: dict[str, Any]) -> None:
    assert found["workflow_failure"] == ["RunFailed", "RunFailed"]
    assert found["workflow_wrong"] == "RunFailed"


def drawn(block: Block) -> str:
    inside = " ".join(drawn(part) for part in block.parts)
    return {"step": block.name, "series": f"[{inside}]", "parallel": f"({inside})"}[block.kind]


def test_a_nesting_follows_the_needs_and_nothing_else() -> None:
    assert drawn(block_of(chain(3))) == "[s0 s1 s2]"
    assert drawn(block_of(fan(2))) == "[start (m0 m1) end]"
    assert drawn(block_of(diamond())) == "[top (left right) bottom]"
    assert drawn(block_of(layered(2, 2))) == "[(l0n0 l0n1) (l1n0 l1n1)]"
    assert drawn(block_of(unbalanced())) == "([a1 b1] [a2 b2])"
    assert drawn(block_of(Dag("one", (Step("only"),)))) == "only"


def test_what_is_not_nested_is_refused() -> None:
    crossed = Step("a"), Step("b"), Step("c", ("a",)), Step("d", ("a", "b"))
    with pytest.raises(NotSeriesParallel, match="a, b, c, d"):
        block_of(Dag("N", crossed))
    with pytest.raises(ValueError, match="no steps"):
        block_of(Dag("empty", ()))


def test_it_is_found_by_name() -> None:
    assert load("agno").package == "agno"
