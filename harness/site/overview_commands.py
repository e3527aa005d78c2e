"""What a row says to do next: the commands that measure it again, and that profile it."""

import shlex
from collections.abc import Iterator

from harness.check.commands import config, scenario
from harness.check.known import Document, Row
from harness.site.overview_rows import Line


def commands(of: Document, line: Line) -> tuple[str, str]:
    """What measures a row again on this machine, and what profiles it.

    Between the releases of its newest step, else of the newest pair.
    """
    group, row = line.group, line.row
    option = config(of.config)
    pair = line.pair
    sides = [pair.base, pair.head] if pair else [-1]
    titles = [shlex.quote(group.releases[i].title) for i in sides]
    quick = "HARNESS_COUNTS_ONLY=1 " if row.grade in ("counts", "virtual") else ""
    bench = f"--bench {shlex.quote(row.benchmark)}"
    again = [f"{quick}asv run {title}^!{option} {bench}" for title in titles]
    if pair:
        again.append(f"python -m harness check {' '.join(titles)}{option}")
    return "\n".join(again), " ".join(_profile(of, row))


def _profile(of: Document, row: Row) -> Iterator[str]:
    yield f"python -m harness profile --runtime {shlex.quote(of.runtime)}"
    yield f"--python .cache/env/{shlex.quote(of.target)}/*/bin/python"
    yield f"--scenario {scenario(row.benchmark, row.params)}"
    if entry := row.params.get("entry", "").strip("'\""):
        yield f"--entry {shlex.quote(entry)}"
    yield "--kind memory" if row.unit == "bytes" else "--kind cpu"
