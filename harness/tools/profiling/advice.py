"""Recommendations, each tied to a figure of the profile. Without evidence there are none.

A rule looks at one thing and gives {rule, where, evidence, text}: `where` is a function or line
of the profile, `evidence` the figures the advice rests on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.common.numbers import number, quantity
from harness.instruments.profilers.document import Document, Row, section

HOT = 0.20
"""Own share of all CPU time from which one function is worth a look by itself."""

NOTICEABLE = 0.05
"""Cumulative share of all CPU time from which a known dear piece of work is named."""

OFTEN = 0.5
"""Calls a run from which something happens in runs and not beside them."""

GARBAGE = 0.05
"""Share of CPU time in the garbage collector from which it is named."""

MOST = 3
"""Growing lines that are named: what is kept as a whole is allocated on many."""

LARGE = 64 * 1024
HOLDS_MOST = 0.5
"""Bytes, and share of the peak, from which one line is named."""


@dataclass(frozen=True)
class Known:
    """Work known to be dear when every run does it.

    share: least cumulative share of all CPU time; text: what it is and what helps.
    """

    rule: str
    function: re.Pattern[str]
    text: str
    share: float = NOTICEABLE


def _known(rule: str, pattern: str, text: str, share: float = NOTICEABLE) -> Known:
    return Known(rule, re.compile(pattern), text, share)


KNOWN = (
    _known(
        "schema-in-runs",
        r"pydantic/json_schema\.py|pydantic/_internal/_generate_schema\.py"
        r"|TypeAdapter\.__init__ |create_model \(pydantic|JsonSchema.*generate",
        "schemas are generated in runs; make them once, where the tool or the model is defined",
    ),
    _known(
        "regex-in-runs",
        r"^compile \(re/_compiler\.py|^parse \(re/_parser\.py|^compile \(sre_compile",
        "regular expressions are compiled in runs; compile them once at import",
    ),
    _known(
        "deepcopy",
        r"^deepcopy \(copy\.py",
        "objects are copied deeply in runs; copy what changes, or use immutable objects",
    ),
    _known(
        "inspect",
        r"\(inspect\.py|get_type_hints \(typing\.py",
        "signatures or type hints are inspected in runs; inspect once and keep the result",
    ),
    _known(
        "event-loop-per-run",
        r"BaseEventLoop\.__init__ \(asyncio/base_events\.py",
        "an event loop is made in runs; keep one loop, or call the asyncio entry point",
        0.0,
    ),
    _known(
        "import-in-runs",
        r"^_find_and_load \(<frozen importlib",
        "modules are looked for in runs (an import that fails is looked for every time); "
        "import at the top of the module",
        0.0,
    ),
)


def recommend(document: Document) -> list[Row]:
    """All recommendations, in the order of RULES."""
    return [each for rule in RULES for each in rule(document)]


def times(calls: float) -> str:
    """How often: 1 time, 12 times."""
    return f"{number(calls)} {'time' if calls == 1 else 'times'}"


def _share(value: float) -> str:
    return quantity(value, "share")


def _advice(rule: str, where: str, text: str, **evidence: float) -> Row:
    return {"rule": rule, "where": where, "evidence": evidence, "text": text}


def _functions(document: Document) -> list[tuple[Row, float, float]]:
    """Functions that are not the harness's, with own and cumulative share of all CPU time."""
    cpu = section(document, "cpu")
    if cpu is None or not cpu["seconds"] or cpu["threads_mixed"]:
        return []
    return [
        (row, row["own"] / cpu["seconds"], row["cumulative"] / cpu["seconds"])
        for row in cpu["functions"]
        if row["group"] not in ("harness", "waiting")
    ]


def _one_function(document: Document) -> Iterator[Row]:
    for row, own, _ in _functions(document):
        if own >= HOT and not row["function"].startswith("<"):
            yield _advice(
                "hot-function",
                row["function"],
                f"it takes {_share(own)} of the CPU time itself, {times(row['calls'])} a run: "
                + ("do less in it" if row["calls"] < 2 else "call it less often or do less in it"),
                share=own,
                calls=row["calls"],
            )


def _built_in_runs(document: Document) -> Iterator[Row]:
    """Only what the runtime's agent is made of: frameworks have other classes named so."""
    if document["about"]["scenario"] == "build":
        return
    names = {
        f"{agent}.{method}"
        for agent in document["about"].get("agents", ())
        for method in ("__init__", "__post_init__")
    }
    for row, _, cumulative in _functions(document):
        built = row["function"].partition(" (")[0] in names
        if built and row["calls"] >= OFTEN and cumulative >= NOTICEABLE:
            yield _advice(
                "agent-built-in-runs",
                row["function"],
                f"an agent is built {times(row['calls'])} a run, {_share(cumulative)} of the CPU "
                "time; build it once and use it again",
                share=cumulative,
                calls=row["calls"],
            )


def _known_work(document: Document) -> Iterator[Row]:
    """One row a kind of work: its function with the largest cumulative share."""
    rows = _functions(document)
    for known in KNOWN:
        found = [each for each in rows if known.function.search(each[0]["function"])]
        if not found:
            continue
        row, _, cumulative = max(found, key=lambda each: each[2])
        if row["calls"] >= OFTEN and cumulative >= known.share:
            yield _advice(
                known.rule,
                row["function"],
                f"{known.text} ({_share(cumulative)} of the CPU time, {times(row['calls'])} a run)",
                share=cumulative,
                calls=row["calls"],
            )


def _garbage(document: Document) -> Iterator[Row]:
    time = document["time"]
    if time["gc_share"] >= GARBAGE:
        yield _advice(
            "garbage-collection",
            "gc",
            f"the garbage collector takes {_share(time['gc_share'])} of the CPU time "
            f"({times(time['gc_collections'])} a run): make fewer objects that live long, or "
            "gc.freeze() them after the start",
            share=time["gc_share"],
            collections=time["gc_collections"],
        )


def _growing(document: Document) -> Iterator[Row]:
    memory = section(document, "memory") or {"growing_sites": []}
    growing = [row for row in memory["growing_sites"] if row["group"] != "harness"]
    for row in growing[:MOST]:
        yield _advice(
            "growing-line",
            f"{row['function']}, line {row['line']}",
            f"LEAK? it keeps {quantity(row['bytes'], 'bytes')} more with every run, in both "
            f"halves of {memory['runs']} runs: find who holds them (python -m harness leaks)",
            bytes=row["bytes"],
            blocks=row["blocks"],
        )


def _large(document: Document) -> Iterator[Row]:
    memray = section(document, "memray") or {}
    for row in memray.get("peak_sites", []):
        share = row["bytes"] / memray["peak_bytes"] if memray["peak_bytes"] else 0.0
        if row["bytes"] >= LARGE and share >= HOLDS_MOST and row["group"] != "harness":
            yield _advice(
                "large-line",
                f"{row['function']}, line {row['line']}",
                f"it holds {quantity(row['bytes'], 'bytes')}, {_share(share)} of what is live at "
                "the peak: work in pieces, or reuse the buffer",
                bytes=row["bytes"],
                share=share,
            )


RULES: tuple[Callable[[Document], Iterator[Row]], ...] = (
    _growing,
    _large,
    _one_function,
    _built_in_runs,
    _known_work,
    _garbage,
)
