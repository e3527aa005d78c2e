"""Where a count grew: the cell of a row is the one that its benchmark declares; who is named."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest

from harness.check.rows import Row
from harness.check.where import cell_of, grown, moved
from harness.instruments.counters import functions
from harness.results.figures import Figure
from harness.session.session import cell

OLD = {
    "AgentRun.next (pydantic_ai/run.py)": 6,
    "gone (pydantic_ai/run.py)": 3,
    "GraphRun.next (pydantic_graph/graph.py)": 4,
    "get_debug (asyncio/base_events.py) < main (harness/run.py)": 5,
    "main (harness/run.py)": 1,
}
NEW = {
    "AgentRun.next (pydantic_ai/run.py)": 14,
    "AgentRun.task (pydantic_ai/run.py)": 4,
    "GraphRun.next (pydantic_graph/graph.py)": 104,
    "get_debug (asyncio/base_events.py) < main (harness/run.py)": 45,
    "current_task (asyncio/tasks.py) < GraphRun.next (pydantic_graph/graph.py)": 30,
    "__init__ (<string>) < GraphRun.next (pydantic_graph/graph.py)": 10,
    "checkpoint (anyio/core.py)": 560,
    "main (harness/run.py)": 1,
}
LABEL = "calls_run pydantic_ai entry=asyncio tool_rounds=0"


def row(names: tuple[str, ...], params: tuple[str, ...]) -> Row:
    return Row("x.X.track_calls", names, params, "counts", "calls", 1, Figure(), Figure())


def result(stem: object = "", **about: Any) -> Any:
    environment = SimpleNamespace(env_vars={"AGENT_RUNTIME": "pydantic_ai"})
    return SimpleNamespace(stem=stem, asv=environment, benchmarks={"x.X.track_calls": about})


@pytest.mark.parametrize(
    ("about", "named", "label"),
    [
        ({}, {"runtime": "'floor'", "tool_rounds": "3"}, "http_calls floor tool_rounds=3"),
        ({}, {"entry": "'asyncio'"}, "http_calls pydantic_ai entry=asyncio"),
        ({"fixed": {"entry": "asyncio"}}, {}, "http_calls pydantic_ai entry=asyncio"),
        (
            {"renamed": {"gap_seconds": "gap"}, "fixed": {"a": 1}},
            {"gap_seconds": "0.005"},
            "http_calls pydantic_ai a=1 gap=0.005",
        ),
    ],
)
def test_the_cell_is_that_of_the_declaration(about, named, label):
    head = result(measure="http_calls", **about)
    assert cell_of(row(tuple(named), tuple(named.values())), head)[1] == label


def test_labels_are_those_of_the_session():
    this = cell("calls_run", "pydantic_ai", tool_rounds=0, entry="asyncio")
    assert this.label == LABEL


def test_an_older_description_of_benchmarks_has_no_cell():
    assert cell_of(row((), ()), result())[1] == ""


def kept(tmp_path, old, new):
    """Two results with these functions, and their row."""
    results = [result(tmp_path / name, measure="calls_run") for name in ("old", "new")]
    for each, table in zip(results, (old, new), strict=True):
        functions.write(f"{each.stem}{functions.SUFFIX}", {LABEL: table})
    figures = [Figure(float(sum(table.values()))) for table in (old, new)]
    this = row(("entry", "tool_rounds"), ("'asyncio'", "0"))
    return *results, dataclasses.replace(this, base=figures[0], head=figures[1])


def explained(tmp_path, old, new):
    return list(grown(*kept(tmp_path, old, new)))


def test_packages_are_named_the_frameworks_own_first(tmp_path):
    assert explained(tmp_path, OLD, NEW) == [
        "pydantic_graph: 4 -> 144 (+140)",
        "  GraphRun.next (pydantic_graph/graph.py): 4 -> 104 (+100)",
        "  standard library, called from there: +40 (most: asyncio +30, generated code +10)",
        "pydantic_ai: 9 -> 18 (+9)",
        "  AgentRun.next (pydantic_ai/run.py): 6 -> 14 (+8)",
        "  new: AgentRun.task (pydantic_ai/run.py): 4",
        "anyio: 0 -> 560 (+560)",
        "  new: checkpoint (anyio/core.py): 560",
        "harness: 6 -> 46 (+40)",
        "  standard library, called from there: +40 (most: asyncio +40)",
    ]


def test_nothing_is_told_of_a_cell_that_only_one_result_has(tmp_path):
    assert explained(tmp_path, {}, NEW) == []


@pytest.mark.parametrize(
    ("added", "named"),
    [
        ({}, ["GraphRun.next (pydantic_graph/graph.py)", "AgentRun.next (pydantic_ai/run.py)"]),
        ({"checkpoint (anyio/core.py)": 560}, ["all of anyio"]),
        (
            {"parse (email/parser.py) < GraphRun.next (pydantic_graph/graph.py)": 900},
            ["email < GraphRun.next (pydantic_graph/graph.py)"],
        ),
    ],
    ids=["its own functions", "another package", "the standard library beneath a function"],
)
def test_what_makes_more_than_half_is_named_before_the_frameworks_functions(tmp_path, added, named):
    base = {name: calls for name, calls in NEW.items() if "anyio" not in name}
    for old, new in ((OLD, base | added), (base | added, OLD)):
        found = [name for name, *_ in moved(*kept(tmp_path, old, new))]
        if old is OLD:
            assert found[: len(named)] == named
        else:
            assert found[0] == named[0]
