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
    runtime, label = cell_of(row, head)
    way = 1 if row.head.value > row.base.value else -1
    own = frozenset(adapters.packages(runtime))
    return list(_moved(_kept(base), _kept(head), label, way, own))[:most]


_Kept = tuple[Path, int]
"""The file of a result's functions, and when it was changed: 0 where there is none."""


@lru_cache(2**14)  # findings ask for what pages have asked for
def _moved(
    base: _Kept, head: _Kept, label: str, way: int, own: frozenset[str]
) -> tuple[tuple[str, int, int], ...]:
    """See `moved`. way: 1 for what grew, -1 for what shrank; own: packages of the framework."""
    try:
        old, new = _both(base, head, label)
    except functions.Unreadable:
        return ()

    def growth(name: str) -> int:
        return way * (new.get(name, 0) - old.get(name, 0))

    def whole(name: str) -> str:
        package, under, _ = _placed(name)
        return under if package in own else f"all of {package}"

    ours, others, wholes = Counter[str](), Counter[str](), Counter[str]()
    for name in old.keys() | new.keys():
        if grown := growth(name):
            package, _, is_named = _placed(name)
            wholes[whole(name)] += grown
            if is_named:
                (ours if package in own else others)[name] = grown
    del wholes[""]
    found = [(name, old.get(name, 0), new.get(name, 0)) for name in _most(ours) or _most(others)]
    for name in _most(wholes)[:1]:
        if wholes[name] > way * (sum(new.values()) - sum(old.values())) / 2:
            sums = [sum(n for each, n in of.items() if whole(each) == name) for of in (old, new)]
            found.insert(0, (name, sums[0], sums[1]))
    return tuple(found)


def _most(growths: Counter[str]) -> list[str]:
    """What grew, the most first."""
    return [name for less, name in sorted((-n, name) for name, n in growths.items()) if less < 0]


@lru_cache(2**16)
def _placed(name: str) -> tuple[str, str, bool]:
    """The package to which a function is due; "inspect < caller (file)" for one of the standard
    library, else ""; whether it is a package's own."""
    _, path, caller = functions.parts(name)
    under = f"{functions.package_of(path)} < {name.partition(' < ')[2]}" if caller else ""
    named = bool(path) and not functions.is_shared(path)
    return functions.package_of(caller or path), under, named


def _tables(base: Result, head: Result, row: Row) -> tuple[Table, Table]:
    """The functions of a row on both sides; empty where they were not kept."""
    return _both(_kept(base), _kept(head), cell_of(row, head)[1])


def _kept(result: Result) -> _Kept:
    path = Path(f"{result.stem}{functions.SUFFIX}")
    return path, path.stat().st_mtime_ns if path.exists() else 0


def _both(base: _Kept, head: _Kept, label: str) -> tuple[Table, Table]:
    if not (label and base[1] and head[1]):
        return {}, {}
    return _read(*base).get(label, {}), _read(*head).get(label, {})


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
