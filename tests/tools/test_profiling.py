"""Profiles find what was planted, and say nothing about what was not."""

import asyncio
import gc

import pytest
from adapters import Denied, NeverAsks, Works, WrongReply
from profiles import FILE, by_function, profile_of, taken
from profiling_adapters import HELD, KEPT, Forgets, Holds, Hot, InThreads, Keeps

from harness.instruments.arrivals.drivers import ENTRIES
from harness.instruments.profilers import cpu, memory, memray_allocations, sampling
from harness.instruments.profilers.scenarios import SCENARIOS, warm
from harness.runtimes.base import RunFailed
from harness.runtimes.floor.agent import FloorRuntime
from harness.tools.profiling import advice


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_planted_hot_function_is_the_top_bottleneck(entry):
    found = taken(cpu.take, Hot(), entry=entry)
    assert found["functions"][0]["function"] == f"spin {FILE}"
    assert found["functions"][0]["calls"] == 1
    assert found["functions"][0]["own"] > 0.5 * found["seconds"]
    (first, *_) = advice.recommend(profile_of(Hot(), cpu=found))
    assert first["rule"] == "hot-function" and first["where"] == f"spin {FILE}"
    assert first["evidence"]["calls"] == 1


def test_calls_are_exact_and_belong_to_somebody():
    found = taken(cpu.take, Hot())
    assert found["calls_vary_by"] == 0
    assert by_function(found)[f"little {FILE}"]["calls"] == 5
    groups = {row["function"]: row["group"] for row in found["functions"]}
    assert groups[f"spin {FILE}"] == "framework"
    assert groups["Model.complete (harness/workload/model.py)"] == "harness"
    assert groups["<built-in method builtins.next>"] == "stdlib"
    shares = found["packages"]
    assert sum(row["share"] for row in shares) == pytest.approx(1)
    assert shares[0]["package"] == "hot"


def test_what_the_harness_does_once_a_batch_is_not_in_a_run():
    names = by_function(taken(cpu.take, Works(), entry="asyncio"))
    assert "BaseEventLoop.run_until_complete (asyncio/base_events.py)" not in names
    assert names["FloorAgent.arun (harness/runtimes/floor/agent.py)"]["calls"] == 1


def test_threads_of_the_framework_are_profiled_too():
    assert by_function(taken(cpu.take, InThreads()))[f"spin {FILE}"]["calls"] == 1


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_can_be_profiled(scenario, entry):
    assert taken(cpu.take, FloorRuntime(), scenario, entry)["calls"] > 0


@pytest.mark.parametrize("runtime", [Denied, WrongReply, NeverAsks])
@pytest.mark.parametrize("scenario", ["reply", "tools", "build", "concurrent"])
def test_a_failing_run_is_an_error_and_no_profile(runtime, scenario):
    with pytest.raises(RunFailed):
        taken(cpu.take, runtime(), scenario)


def test_the_call_graph_is_drawn_from_the_whole_run():
    tree = taken(cpu.take, Hot())["tree"]
    path = []
    while tree["children"]:
        tree = tree["children"][0]
        path.append(tree["name"].partition(" ")[0])
    assert path[0] == "Scenario.run" and path[-2:] == ["_Hot.run", "spin"]


@pytest.mark.parametrize("entry", ENTRIES)
def test_samples_fall_on_the_hot_function(entry):
    pytest.importorskip("pyinstrument")
    found = taken(sampling.take, Hot(), entry=entry)
    assert found["functions"][0]["function"] == f"spin {FILE}"
    names, todo = set(), [found["tree"]]
    while todo:
        node = todo.pop()
        siblings = [child["name"] for child in node["children"]]
        assert len(siblings) == len(set(siblings))
        names |= set(siblings)
        todo += node["children"]
    assert any(name.startswith("spin (profiling_adapters.py:") for name in names)


def test_sampling_says_that_it_cannot_see_other_threads():
    pytest.importorskip("pyinstrument")
    with pytest.raises(NotImplementedError, match="threads of their own"):
        taken(sampling.take, Works(), "concurrent")


@pytest.mark.parametrize("runs", [20, 21])
def test_a_run_that_holds_much_for_a_while_has_a_peak_and_no_leak(runs):
    found = taken(memory.take, Holds(), runs=runs)
    assert found["peak_bytes"] == pytest.approx(HELD, rel=0.05)
    assert found["growing_sites"] == []
    assert advice.recommend(profile_of(Holds(), memory=found)) == []


def test_a_leak_is_warned_of_with_its_line_and_bytes():
    found = taken(memory.take, Keeps(), runs=60)
    assert found["growth"]["second_half"] == pytest.approx(KEPT, rel=0.2)
    (site,) = (s for s in found["growing_sites"] if s["text"] == "self.kept.append(bytes(KEPT))")
    assert site["function"] == f"_Keeps.run {FILE}"
    assert site["bytes"] == pytest.approx(KEPT, rel=0.05) and site["blocks"] == pytest.approx(
        1, 0.1
    )
    first = advice.recommend(profile_of(Keeps(), memory=found))[0]
    assert first["rule"] == "growing-line" and "LEAK?" in first["text"]


@pytest.mark.parametrize("runtime", [Works, Forgets])
@pytest.mark.parametrize("scenario", ["reply", "workflow"])
@pytest.mark.parametrize("entry", ENTRIES)
def test_no_leak_is_claimed_where_there_is_none(runtime, scenario, entry):
    found = taken(memory.take, runtime(), scenario, entry, runs=60)
    assert found["growing_sites"] == []


def test_memray_counts_what_is_freed_again():
    pytest.importorskip("memray")
    found = taken(memray_allocations.take, Holds())
    assert found["bytes"] == pytest.approx(HELD, rel=0.05)
    top = found["by_bytes"][0]
    assert top["function"] == f"_Holds.run {FILE}"
    assert top["bytes"] == pytest.approx(HELD, rel=0.05)


def test_memray_names_the_line_that_holds_most_at_the_peak():
    pytest.importorskip("memray")
    found = taken(memray_allocations.take, Holds())
    top = found["peak_sites"][0]
    assert top["function"] == f"_Holds.run {FILE}"
    assert top["bytes"] == pytest.approx(HELD, rel=0.05)
    assert sum(row["bytes"] for row in found["peak_sites"]) <= found["peak_bytes"]
    rules = [each["rule"] for each in advice.recommend(profile_of(Holds(), memray=found))]
    assert rules == ["large-line"]


def test_garbage_collections_are_seen():
    found = taken(cpu.unprofiled, Works())
    assert found["cpu_seconds"] > 0 and 0 <= found["gc_share"] < 1
    with cpu.garbage_collections() as seen:
        gc.collect()
    assert len(seen) == 1 and seen[0] > 0


def test_a_scenario_leaves_no_loop_behind():
    def loops():
        loops = (each for each in gc.get_objects() if isinstance(each, asyncio.BaseEventLoop))
        return sum(not loop.is_closed() for loop in loops)

    before = loops()
    with warm("reply", Works(), "asyncio") as made:
        made.run(1)
        assert loops() == before + 1
    assert loops() == before
