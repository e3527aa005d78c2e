"""Parts of the commands that a verdict leads to: the same words wherever it is told."""

import shlex
from collections.abc import Mapping

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


def scenario(benchmark: str, params: Mapping[str, str]) -> str:
    """That of `harness profile` which runs most like a benchmark. params: as asv writes them."""
    of_tools = params.get("tool_rounds", "0") != "0"
    known = (kind for begin, kind in SCENARIOS if benchmark.startswith(begin))
    return next(known, "tools" if of_tools else "reply")


def config(path: str) -> str:
    """What names a configuration, where it is not asv's default."""
    return "" if path == "asv.conf.json" else f" --config {shlex.quote(path)}"
