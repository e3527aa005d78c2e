"""What a profile advises, and what a comparison of two names."""

import pytest
from adapters import Works
from profiles import FILE, TIME, profile_of, taken
from profiling_adapters import HELD, Holds, Hot, Often, Slow

from harness.instruments.profilers import cpu, memory, memray_allocations
from harness.tools.profiling import advice, worker
from harness.tools.profiling.compare import compare
from harness.tools.profiling.document import ProfileError


def test_advice_names_work_that_belongs_at_the_start():
    found = taken(cpu.take, Slow())
    found["seconds"] = sum(row["own"] for row in found["functions"]) or 1.0
    rules = {each["rule"]: each for each in advice.recommend(profile_of(Slow(), cpu=found))}
    assert rules["agent-built-in-runs"]["evidence"]["calls"] == 1
    assert {"event-loop-per-run", "import-in-runs", "regex-in-runs"} <= rules.keys()
    built = advice.recommend(profile_of(Slow(), scenario="build", cpu=found))
    assert "agent-built-in-runs" not in {each["rule"] for each in built}


def test_a_profile_says_which_classes_are_the_frameworks_agents():
    told = worker.perform("time", "profiling_adapters:Slow", "reply", "threads", 1, "")
    assert told["about"]["agents"] == ["SlowAgent"]


def test_records_that_are_only_named_like_agents_are_not_accused():
    found = taken(cpu.take, Slow())
    profile = profile_of(Slow(), cpu=found)
    assert profile["about"]["agents"] == ["SlowAgent"]
    for row in found["functions"]:
        row["function"] = row["function"].replace("SlowAgent.__init__", "AgentSpanData.__init__")
    assert "agent-built-in-runs" not in {each["rule"] for each in advice.recommend(profile)}


def test_an_agent_that_costs_next_to_nothing_may_be_built_in_runs():
    found = taken(cpu.take, Slow())
    for row in found["functions"]:
        if row["function"].startswith("SlowAgent.__init__"):
            row["cumulative"] = 0.04 * found["seconds"]
    told = advice.recommend(profile_of(Slow(), cpu=found))
    assert "agent-built-in-runs" not in {each["rule"] for each in told}


def test_without_evidence_there_is_no_advice():
    found = taken(cpu.take, Works())
    for row in found["functions"]:
        row["own"] = min(row["own"], 0.1 * found["seconds"])
    calm = profile_of(Works(), cpu=found, memory=taken(memory.take, Works()))
    assert advice.recommend(calm) == []
    calm["time"]["gc_share"] = 0.3
    assert [each["rule"] for each in advice.recommend(calm)] == ["garbage-collection"]


def test_times_of_mixed_threads_support_no_advice():
    found = taken(cpu.take, Hot()) | {"threads_mixed": True}
    assert advice.recommend(profile_of(Hot(), cpu=found)) == []


def documents(*runtimes):
    about = {"scenario": "reply", "entry": "threads", "runtime": "hot", "python": "3"}
    return [
        {
            "about": dict(about),
            "time": TIME,
            "cpu": taken(cpu.take, runtime),
            "memory": taken(memory.take, runtime),
        }
        for runtime in runtimes
    ]


def test_a_comparison_names_the_planted_change():
    old, new = documents(Hot(), Often())
    found = compare(old, new)
    little = {"function": f"little {FILE}", "old": 5, "new": 7, "group": "framework"}
    assert found["more_calls"][0] == little
    often = {"function": f"_Often.run {FILE}", "calls": 1, "group": "framework"}
    assert found["new"] == [often]
    assert found["vanished"] == []
    assert found["calls"][1] - found["calls"][0] == 3
    back = compare(new, old)
    assert back["vanished"] == found["new"] and back["new"] == []


def test_a_profile_compared_with_itself_differs_in_nothing():
    (old,) = documents(Hot())
    found = compare(old, old)
    assert not any(found[name] for name in ("more_calls", "new", "vanished", "shares", "growing"))


def test_memory_is_compared_by_function():
    pytest.importorskip("memray")
    old, new = documents(Works(), Holds())
    for document, runtime in ((old, Works()), (new, Holds())):
        document["memray"] = taken(memray_allocations.take, runtime)
    top = compare(old, new)["held_at_peak"][0]
    assert top["function"] == f"_Holds.run {FILE}" and top["old"] == 0
    assert top["new"] == pytest.approx(HELD, rel=0.05)


def test_unlike_profiles_are_not_compared():
    (old,) = documents(Works())
    new = old | {"about": old["about"] | {"entry": "asyncio"}}
    with pytest.raises(ProfileError, match="entry: threads and asyncio"):
        compare(old, new)
