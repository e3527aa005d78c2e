"""Lines of code that hold memory, named by the function they are in."""

from __future__ import annotations

import ast
import linecache
import tracemalloc
from functools import cache
from pathlib import Path
from typing import Any

from harness.instruments.profilers.places import Places

Site = tuple[str, int]
"""File name and line."""

Held = dict[Site, tuple[int, int]]
"""Bytes and blocks by line."""

_OURS = (str(Path(__file__).parent), tracemalloc.__file__, "<unknown>")


def live() -> Held:
    """What is live and traced now, without the traces of looking at it."""
    snapshot = tracemalloc.take_snapshot()
    return {
        (each.traceback[0].filename, each.traceback[0].lineno): (each.size, each.count)
        for each in snapshot.statistics("lineno")
        if not each.traceback[0].filename.startswith(_OURS)
    }


def difference(later: Held, earlier: Held) -> Held:
    """What lines hold more than before; those that hold less are left out."""
    result = {}
    for site, (size, count) in later.items():
        size_before, count_before = earlier.get(site, (0, 0))
        if size > size_before:
            result[site] = (size - size_before, count - count_before)
    return result


class Sites:
    """Describes lines for one runtime."""

    def __init__(self, places: Places) -> None:
        self.places = places

    def rows(self, held: Held, runs: int = 1) -> list[dict[str, Any]]:
        """Most bytes first; bytes and blocks are divided by `runs`."""
        order = sorted(held.items(), key=lambda item: (-item[1][0], item[0]))
        return [
            self.describe(*site) | {"bytes": size / runs, "blocks": blocks / runs}
            for site, (size, blocks) in order
        ]

    def describe(self, file: str, line: int) -> dict[str, Any]:
        """function: `qualified name (path)`, the same over releases; line, its text, whose."""
        where = self.places.of(file)
        return {
            "function": f"{function_at(file, line)} ({where.path})",
            "line": line,
            "text": linecache.getline(file, line).strip(),
            "group": where.group,
            "package": where.package,
        }


def function_at(file: str, line: int, otherwise: str = "<module>") -> str:
    """Qualified name of the function around a line, as code objects have it."""
    inside = [(first, name) for first, last, name in _functions(file) if first <= line <= last]
    return max(inside)[1] if inside else otherwise


@cache
def _functions(file: str) -> tuple[tuple[int, int, str], ...]:
    """First line, last line and qualified name of each function of a file."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return ()
    found: list[tuple[int, int, str]] = []

    def walk(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = prefix
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                # Its code begins with its first decorator.
                first = min(each.lineno for each in (child, *child.decorator_list))
                found.append((first, child.end_lineno or child.lineno, prefix + child.name))
                inner = f"{prefix}{child.name}.<locals>."
            elif isinstance(child, ast.ClassDef):
                inner = f"{prefix}{child.name}."
            walk(child, inner)

    walk(tree, "")
    return tuple(found)
