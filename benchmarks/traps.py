"""Mistakes in benchmarks that asv would take for results: refused when they are discovered."""

from __future__ import annotations

import ast
from pathlib import Path

PREFIXES = ("time_", "timeraw_", "mem_", "peakmem_", "track_", "setup", "teardown")


class BadBenchmark(TypeError):
    """A benchmark would measure something else than it says."""


def refuse_coroutines(folder: Path) -> None:
    """Raise BadBenchmark for an `async def` benchmark: asv would time the making of a coroutine.

    folder: where the benchmark files are.
    """
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith(PREFIXES):
                raise BadBenchmark(
                    f"{path.name}, line {node.lineno}: async def {node.name} would be called and"
                    " never awaited; write def, and run the coroutine in it"
                )
