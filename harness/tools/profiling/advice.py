"""Recommendations, each tied to a figure of the profile. Without evidence there are none.

A rule looks at one thing and gives {rule, where, evidence, text}: `where` is a function or line
of the profile, `evidence` the figures the advice rests on.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harness.common.numbers import number, quantity
from harness.tools.profiling.document import Document, Row, section, theirs

HOT = 0.20
"""Own share of all CPU time from which one function is worth a look by itself."""

NOTICEABLE = 0.05
"""Cumulative share of all CPU time from which building an agent in runs is named."""

OFTEN = 0.5
"""Calls per run from which something happens in runs and not beside them."""

GARBAGE = 0.05
"""Share of CPU time in the garbage collector from which it is named."""

MOST = 3
"""Growing lines that are named: what is kept as a whole is allocated on many."""

LARGE = 64 * 1024
HOLDS_MOST = 0.5
"""Bytes, and share of the peak, from which one line is named."""


class Known(NamedTuple):
    """Work known to be expensive in runs, by the names of its functions: see known.toml."""

    rule: str
    functions: str
    least: float
    text: str


_FILE = Path(__file__).with_name("known.toml")
KNOWN = [Known(**work) for work in tomllib.loads(_FILE.read_text("utf-8"))["work"]]


def recommend(document: Document) -> list[Row]:
    """All recommendations, in the order of RULES."""
    return [each for rule in RULES for each in rule(document)]


def _share(value: float) -> str:
    return quantity(value, "share")


def _times(calls: float) -> str:
    """How often: 1 time per run, 12 times per run."""
    return f"{number(calls)} {'time' if calls == 1 else 'times'} per run"


def _advice(rule: str, where: str, text: str, **evidence: float) -> Row:
    return {"rule": rule, "where": where, "evidence": evidence, "text": text}


def _functions(document: Document, value: str, least: float) -> Iterator[tuple[Row, float]]:
    """Functions that are not the harness's with at least this share of all CPU time.

    value: "own" or "cumulative" time; most first.
    """
    cpu = section(document, "cpu")
    if cpu is None or not cpu["seconds"] or cpu["threads_mixed"]:
        return
    for row in sorted(theirs(cpu["functions"]), key=lambda row: -row[value]):
        if (share := row[value] / cpu["seconds"]) >= least:
            yield row, share


def _one_function(document: Document) -> Iterator[Row]:
    for row, share in _functions(document, "own", HOT):
        name, calls = row["function"], row["calls"]
        if not name.startswith("<"):
            less = "do less in it" if calls < 2 else "call it less often or do less in it"
            text = f"it takes {_share(share)} of the CPU time itself, {_times(calls)}: {less}"
            yield _advice("hot-function", name, text, share=share, calls=calls)


def _known_work(document: Document) -> Iterator[Row]:
    """One row a kind of work: its function with the largest cumulative share."""
    for known in (*_building(document["about"]), *KNOWN):
        found = _functions(document, "cumulative", known.least)
        those = (it for it in found if re.search(known.functions, it[0]["function"]))
        row, share = next(those, ({}, 0.0))
        if row and row["calls"] >= OFTEN:
            how = f"{_share(share)} of the CPU time, {_times(row['calls'])}"
            evidence = {"share": share, "calls": row["calls"]}
            yield _advice(known.rule, row["function"], f"{known.text} ({how})", **evidence)


def _building(about: Row) -> Iterator[Known]:
    """Only what the runtime's agent is made of: frameworks have other classes named so."""
    if about["scenario"] != "build" and (agents := about.get("agents")):
        names = "|".join(map(re.escape, agents))
        pattern = rf"^({names})\.(__init__|__post_init__) \("
        text = "an agent is built in runs; build it once and use it again"
        yield Known("agent-built-in-runs", pattern, NOTICEABLE, text)


def _garbage(document: Document) -> Iterator[Row]:
    share, collections = document["time"]["gc_share"], document["time"]["gc_collections"]
    if share >= GARBAGE:
        text = (
            f"the garbage collector takes {_share(share)} of the CPU time ({_times(collections)}): "
            "make fewer objects that live long, or gc.freeze() them after the start"
        )
        yield _advice("garbage-collection", "gc", text, share=share, collections=collections)


def _growing(document: Document) -> Iterator[Row]:
    memory = section(document, "memory") or {"growing_sites": []}
    for row in theirs(memory["growing_sites"])[:MOST]:
        text = (
            f"LEAK? it keeps {quantity(row['bytes'], 'bytes')} more with every run: "
            "find who holds them (python -m harness leaks)"
        )
        where = f"{row['function']}, line {row['line']}"
        yield _advice("growing-line", where, text, bytes=row["bytes"], blocks=row["blocks"])


def _large(document: Document) -> Iterator[Row]:
    memray = section(document, "memray") or {}
    for row in theirs(memray.get("peak_sites", [])):
        size = row["bytes"]
        share = size / memray["peak_bytes"] if memray["peak_bytes"] else 0.0
        if size >= LARGE and share >= HOLDS_MOST:
            text = (
                f"it holds {quantity(size, 'bytes')}, {_share(share)} of what is live at the peak: "
                "work in pieces, or reuse the buffer"
            )
            where = f"{row['function']}, line {row['line']}"
            yield _advice("large-line", where, text, bytes=size, share=share)


RULES = (_growing, _large, _one_function, _known_work, _garbage)
