"""What a row says to do next: the commands that measure it again, and that profile it."""

import shlex
from collections.abc import Iterator

from harness.check.known import Document, Row
from harness.site.overview_rows import Line

SCENARIOS = (
    ("startup.Build.", "build"),
    ("workflows.", "workflow"),
    ("virtual.Workflow.", "workflow"),
    ("growth.Row.", "workflow"),
    ("scaling.", "concurrent"),
    ("load.", "concurrent"),
    ("virtual.", "concurrent"),
    ("tools.", "tools"),
    ("resources.PlainTool.", "tools"),
)
"""What `harness profile` runs, by the beginning of a benchmark's name."""


def commands(of: Document, line: Line) -> tuple[str, str]:
    """What measures a row again on this machine, and what profiles it.

    Between the releases of its newest step, else of the newest pair.
    """
    group, row = line.group, line.row
    config = f" --config {shlex.quote(of.config)}" if of.config != "asv.conf.json" else ""
    pair = line.pair
    sides = [pair.base, pair.head] if pair else [-1]
    titles = [shlex.quote(group.releases[i].title) for i in sides]
    quick = "HARNESS_COUNTS_ONLY=1 " if row.grade in ("counts", "virtual") else ""
    bench = f"--bench {shlex.quote(row.benchmark)}"
    again = [f"{quick}asv run {title}^!{config} {bench}" for title in titles]
    if pair:
        again.append(f"python -m harness check {' '.join(titles)}{config}")
    return "\n".join(again), " ".join(_profile(of, row))


def _profile(of: Document, row: Row) -> Iterator[str]:
    yield f"python -m harness profile --runtime {shlex.quote(of.runtime)}"
    yield f"--python .cache/env/{shlex.quote(of.target)}/*/bin/python"
    of_tools = row.params.get("tool_rounds", "0") != "0"
    known = (kind for begin, kind in SCENARIOS if row.benchmark.startswith(begin))
    yield f"--scenario {next(known, 'tools' if of_tools else 'reply')}"
    if entry := _bare(row.params.get("entry", "")):
        yield f"--entry {shlex.quote(entry)}"
    yield "--kind memory" if row.unit == "bytes" else "--kind cpu"


def _bare(value: str) -> str:
    return value.strip("'\"")
