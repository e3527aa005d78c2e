"""By which code of ours each benchmark was measured, kept beside the results as STEM.code.txt.

A line `benchmark: code` each, where the code is a hash of the syntax, without comments and
docstrings, of what decides a figure: the runtime's adapter, the measure, the process in which both
run, and what these import of the rooms that count. Where that differs, a change may be ours. Of
older results, and of adapters found by entry point, it is unknown: they have no line.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import math
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from harness.common import files

SUFFIX = ".code.txt"
SEVERAL = "+"
"""Between the codes of a benchmark of which only some parameters were measured again."""

_HARNESS = Path(__file__).resolve().parents[1]
_WORKER = "harness.session.worker"
_COUNTING = re.compile(
    r"harness\.((instruments|measures|model_server|runtimes|workload)(\.\w+)*|session\.worker|"
    r"common\.stats)"
)
"""Modules that decide what is counted; what starts processes and writes files does not."""
_EMPTY: tuple[object, ...] = (None, [])


def by_benchmark(
    benchmarks: Mapping[str, Any], settings: Mapping[str, str], adapter: str
) -> dict[str, str]:
    """The code that measures each benchmark, as asv describes it, today; without those unknown.

    settings: variables of the environment; adapter: the runtime that is measured.
    """
    path = settings.get("PYTHONPATH", "").split(os.pathsep)
    known: dict[tuple[str, ...], str] = {}  # by module
    found = {}
    for name, about in benchmarks.items():
        measure = about.get("measure") or ""
        if (place := tuple(_measured_in(measure))) not in known:
            known[place] = of({measure}, adapter, path)
        found[name] = known[place]
    return {name: code for name, code in found.items() if code}


def of(measures: Iterable[str], adapter: str, path: Iterable[str] = ()) -> str:
    """The code that counts so on a runtime; "" where its adapter is not found.

    measures: by name; "" is asv's own clock. path: where an adapter `module:Class` may lie, too.
    """
    if not (found := _adapter(adapter, path)):
        return ""
    shapes = {name: _shape(place) for name, place in found.items()}
    left = [name for place in found.values() for name in _imports(place)]
    for measure in filter(None, measures):
        left += [_WORKER, *_measured_in(measure)]
    while left:
        name = left.pop()
        if name not in shapes and (module := _module(name)):
            shapes[name] = _shape(module)
            left += _imports(module)
    return hashlib.sha256(repr(sorted(shapes.items())).encode()).hexdigest()[:12]


def keep(results: Any, stem: Path) -> None:
    """Write STEM.code.txt: what has just run, and former lines of benchmarks not run again."""
    former, ran = read(stem), results.errcode
    known = results.get_all_result_keys()
    kept = {name: code for name, code in former.items() if name in known and name not in ran}
    for name, code in getattr(results, "codes", {}).items():
        if name in ran:
            others = former.get(name, code).split(SEVERAL) if name in results.in_part else []
            kept[name] = SEVERAL.join(sorted({code, *others}))
    if kept or former:
        files.write(f"{stem}{SUFFIX}", "".join(f"{name}: {kept[name]}\n" for name in sorted(kept)))


def begin(results: Any, benchmarks: Any) -> None:
    """These benchmarks of asv's are about to run, for these results."""
    settings, every = results.env_vars, benchmarks._all_benchmarks
    results.codes = by_benchmark(every, settings, settings.get("AGENT_RUNTIME", "floor"))
    results.in_part = {
        name
        for name, chosen in benchmarks.benchmark_selection.items()
        if chosen is not None and len(chosen) < math.prod(map(len, every[name]["params"]))
    }


def read(stem: Path) -> dict[str, str]:
    """What is kept beside a results file (its path without .json), by benchmark."""
    path = Path(f"{stem}{SUFFIX}")
    lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
    parts = (line.partition(": ") for line in lines)
    return {name: code for name, _, code in parts if code}


def _adapter(runtime: str, path: Iterable[str]) -> dict[str, Path]:
    """The files of an adapter by name, empty where they are not found; nothing is imported."""
    place = _HARNESS / "runtimes" / runtime
    if ":" in runtime:
        top = runtime.partition(":")[0].partition(".")[0]
        spec = PathFinder.find_spec(top, [*path, *sys.path])
        if not (spec and spec.origin):
            return {}
        place = Path(spec.origin)
        place = place.parent if spec.submodule_search_locations else place
    if place.is_file():
        return {place.name: place}
    every = (each for each in place.rglob("*") if each.is_file() and each.suffix != ".pyc")
    return {each.relative_to(place).as_posix(): each for each in every}


def _module(name: str) -> Path | None:
    """The file of a module; None where the name is of what one holds."""
    place = _HARNESS.joinpath(*name.split(".")[1:])
    both = (place.with_suffix(".py"), place / "__init__.py")
    return next((each for each in both if each.is_file()), None)


def _measured_in(measure: str) -> Iterator[str]:
    """The modules that have a measure: one."""
    for path in sorted((_HARNESS / "measures").glob("*.py")):
        if measure in _parsed(path).functions:
            yield f"harness.measures.{path.stem}"


@dataclass(frozen=True)
class _Parsed:
    """What a file says. shape: a hash of it; imports: modules that decide what is counted, or what
    they hold; functions: of its top level."""

    shape: str
    imports: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()


def _shape(path: Path) -> str:
    return _parsed(path).shape


def _imports(path: Path) -> frozenset[str]:
    return _parsed(path).imports


def _parsed(path: Path) -> _Parsed:
    return _parse(path, path.stat().st_mtime_ns)


@functools.lru_cache(1000)
def _parse(path: Path, changed: int) -> _Parsed:
    content = path.read_bytes()
    if path.suffix != ".py":
        return _Parsed(hashlib.sha256(content).hexdigest())
    tree = ast.parse(content)
    shape = hashlib.sha256(repr(_tree(tree)).encode()).hexdigest()
    found = (each.name for each in tree.body if isinstance(each, ast.FunctionDef))
    return _Parsed(shape, frozenset(filter(_COUNTING.fullmatch, _named(tree))), frozenset(found))


def _named(tree: ast.Module) -> Iterator[str]:
    """What a module imports, and modules that it names in a text, to be imported later."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.partition(":")[0]


def _tree(node: object) -> object:
    """The syntax without places and docstrings; fields that a later Python adds are empty."""
    if isinstance(node, list):
        return [_tree(each) for each in node if not _is_docstring(each)]
    if not isinstance(node, ast.AST):
        return node
    fields = ((name, _tree(value)) for name, value in ast.iter_fields(node))
    return type(node).__name__, *(each for each in fields if each[1] not in _EMPTY)


def _is_docstring(node: object) -> bool:
    """Whether it is a text that stands for nothing, such as that of an attribute."""
    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
