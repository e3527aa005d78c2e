"""Where a count grew: the functions that were called more often, if both results kept them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.check import adapters
from harness.check.rows import Row
from harness.instruments.counters import functions
from harness.results.figures import literal
from harness.results.result import Result

OWN = 5
OTHERS = 2
"""Functions that are shown of the framework's own packages, and of any other."""
PACKAGES = 4
STANDARD = "standard library"

Table = Mapping[str, int]


@dataclass
class _Package:
    """What one package did, itself or through the standard library."""

    old: int = 0
    new: int = 0
    own: list[tuple[int, str, str]] = field(default_factory=list)  # -growth, function, line
    folded: Counter[str] = field(default_factory=Counter)  # growth by module

    def add(self, function: str, old: int, new: int, module: str = "") -> None:
        """module: of the standard library; "" for a function of the package itself."""
        self.old, self.new = self.old + old, self.new + new
        if module:
            self.folded[module] += new - old
        elif new > old:
            line = f"{function}: {_grew(old, new)}" if old else f"new: {function}: {new:g}"
            self.own.append((old - new, function, line))

    @property
    def growth(self) -> int:
        return self.new - self.old

    def lines(self, top: int) -> Iterator[str]:
        """Its functions that grew most, and the growth of the standard library under it."""
        yield from (f"  {line}" for *_, line in sorted(self.own)[:top])
        if (growth := self.folded.total()) > 0:
            most = ", ".join(f"{name} {n:+g}" for name, n in self.folded.most_common(3) if n > 0)
            yield f"  {STANDARD}, called from there: +{growth:g} (most: {most})"


def grown(base: Result, head: Result, row: Row) -> tuple[str, ...]:
    """Lines about the functions whose events grew most in a row; empty where that is not known.

    By package, the framework's own first. What the standard library and generated functions do is
    shown as of the package that called them.
    """
    try:
        old, new = _tables(base, head, row)
    except functions.Unreadable as error:
        return (f"(the record of functions cannot be read: {error})",)
    return tuple(_shown(old, new, adapters.packages(cell_of(row, head)[0]))) if old and new else ()


def moved(base: Result, head: Result, row: Row, most: int = 3) -> list[tuple[str, int, int]]:
    """The functions whose calls moved most in the direction of a row: name, old, new.

    The framework's own; where none of them moved, those of other packages but for the standard
    library. First, if there is one that makes more than half of all, another package as a whole
    ("all of litellm"), or what the standard library does for one function ("inspect < _fields
    (google/adk/tools.py)"). Empty where that is not known.
    """
    try:
        old, new = _tables(base, head, row)
    except functions.Unreadable:
        return []
    own = adapters.packages(cell_of(row, head)[0])
    way = 1 if row.head.value > row.base.value else -1
    ours, others, wholes = _Growths(way), _Growths(way), _Growths(way)
    for name in old.keys() | new.keys():
        _, path, caller = functions.parts(name)
        two = old.get(name, 0), new.get(name, 0)
        package = functions.package_of(caller or path)
        if package not in own:
            wholes.add(f"all of {package}", *two)
        elif caller:
            wholes.add(f"{functions.package_of(path)} < {name.partition(' < ')[2]}", *two)
        if path and not functions.is_shared(path):
            (ours if package in own else others).add(name, *two)
    half = way * (sum(new.values()) - sum(old.values())) / 2
    first = [each for each in wholes.most()[:1] if way * (each[2] - each[1]) > half]
    return [*first, *(ours.most() or others.most())][:most]


class _Growths(dict[str, tuple[int, int]]):
    """Calls on both sides, by what made them. way: 1 for what grew, -1 for what shrank."""

    def __init__(self, way: int) -> None:
        self._way = way

    def add(self, name: str, old: int, new: int) -> None:
        before = self.get(name, (0, 0))
        self[name] = before[0] + old, before[1] + new

    def most(self) -> list[tuple[str, int, int]]:
        """Those that moved that way, the most first."""
        grown = [(self._way * (old - new), name) for name, (old, new) in self.items()]
        return [(name, *self[name]) for growth, name in sorted(grown) if growth < 0]


def _tables(base: Result, head: Result, row: Row) -> tuple[Table, Table]:
    """The functions of a row on both sides; empty where they were not kept."""
    paths = [Path(f"{each.stem}{functions.SUFFIX}") for each in (base, head)]
    _, label = cell_of(row, head)
    if not label or not all(path.exists() for path in paths):
        return {}, {}
    old, new = (_read(path, path.stat().st_mtime_ns).get(label, {}) for path in paths)
    return old, new


@lru_cache(4)  # the head of a step is the base of the next
def _read(path: Path, changed: int) -> functions.Table:
    return functions.read(path)


def cell_of(row: Row, head: Result) -> tuple[str, str]:
    """The runtime of a row, and the label of what was measured for it.

    The label is "" for a benchmark that looks nothing up, or is described by an older suite.
    """
    about: Mapping[str, Any] = head.benchmarks[row.benchmark]
    runtime, _, label = cell(about, row, head.asv.env_vars.get("AGENT_RUNTIME", ""))
    return runtime, label


def cell(about: Mapping[str, Any], row: Row, runtime: str) -> tuple[str, dict[str, object], str]:
    """The runtime of a row, `runtime` where it names none, the arguments of its measure, and the
    label of what is measured, as `cell_of`.

    about: asv's description of the benchmark.
    """
    renamed = about.get("renamed", {})
    named = {renamed.get(name, name): literal(value) for name, value in row.named.items()}
    named |= about.get("fixed", {})
    runtime = str(named.pop("runtime", runtime))
    measure = about.get("measure", "")
    return runtime, named, functions.label(measure, runtime, named) if measure else ""


def _shown(old: Table, new: Table, own: set[str]) -> Iterator[str]:
    packages: defaultdict[str, _Package] = defaultdict(_Package)
    for name in old.keys() | new.keys():
        function, path, caller = functions.parts(name)
        change = function, old.get(name, 0), new.get(name, 0)
        if functions.is_shared(path):
            package = functions.package_of(caller) if caller else STANDARD
            packages[package].add(*change, functions.package_of(path))
        else:
            packages[functions.package_of(path)].add(*change)
    grew = [(name, each) for name, each in packages.items() if each.growth > 0]
    last = (STANDARD, "harness")
    grew.sort(key=lambda pair: (pair[0] not in own, pair[0] in last, -pair[1].growth, pair[0]))
    for name, each in grew[:PACKAGES]:
        yield f"{name}: {_grew(each.old, each.new)}"
        yield from each.lines(OWN if name in own else OTHERS)
    if rest := grew[PACKAGES:]:
        yield "more: " + ", ".join(f"{name} +{each.growth:g}" for name, each in rest[:PACKAGES])


def _grew(old: int, new: int) -> str:
    return f"{old:g} -> {new:g} (+{new - old:g})"
