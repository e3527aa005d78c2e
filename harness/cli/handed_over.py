"""Results that one job hands over to another, which trusts it in nothing.

Whoever opens a pull request decides what runs in the job that measures it, so also what that job
hands over: it is read as what it must be, one JSON document of known size and shape, or refused
with one line. Of it nothing is run, imported or put where it says; names and texts are short, and
`check` writes them as text. What nobody can know is whether its figures are true.
"""

from __future__ import annotations

import json
import math
import re
import stat
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.common import kinds
from harness.rendering.lines import one_line
from harness.results.figures import literal
from harness.results.files import BROKEN

NAME = "agent-benchmarks.json"
"""The one file of the artifact."""

MOST_PACKED, MOST = 8_000_000, 24_000_000
"""Bytes of the artifact, and of the file in it."""

MOST_ROWS, MOST_SAMPLES, MOST_TEXT, MOST_KEPT = 20_000, 1_000, 1_000, 300_000
"""Rows in all, samples of one, characters of any text, and of one that is kept beside results."""

TEXTS = ("freeze", "notes", "code", "validity")
"""What lies beside results."""

DESCRIBED = {
    "name", "type", "params", "param_names", "unit", "version", "grade", "exact", "rounds",
    "measure", "figure", "renamed", "fixed", "beyond",
}  # fmt: skip
"""What `check` reads of asv's description of a benchmark."""

KEPT = {
    "commit_hash", "env_name", "date", "params", "python", "requirements", "env_vars",
    "result_columns", "results", "durations", "version",
}  # fmt: skip
"""The keys of a results file."""

REFUSED: tuple[type[Exception], ...] = (*BROKEN, zipfile.BadZipFile, zlib.error)
REFUSED += (RuntimeError, EOFError, MemoryError)
"""What reading anything else may raise."""

SHOWN = 105
"""Characters of why it is refused."""

_HASH = re.compile(r"[0-9a-f]{40}")
_BENCHMARK = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,5}")
_MACHINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Side:
    """A result. result: asv's results file; texts: what lies beside it, by name of TEXTS;
    functions: calls by function, as `counters.functions` keeps them."""

    commit: str
    result: dict[str, Any]
    texts: dict[str, str]
    functions: dict[str, Any]


@dataclass(frozen=True)
class HandedOver:
    """Two results of one machine, as `packing` writes and lays them out. benchmarks: asv's
    descriptions by name."""

    schema: int
    machine: dict[str, Any]
    benchmarks: dict[str, dict[str, Any]]
    base: Side
    head: Side


def unpack(path: Path, head: str, runtime: str) -> HandedOver:
    """What an artifact hands over, as GitHub zipped it, or the file in it.

    head: the whole hash of the commit that it must be about; runtime: the only one beside the
    floor that it may name, because `check` asks its adapter which packages are its own.
    Raises ValueError, one line, for anything else.
    """
    try:
        document = json.loads(_content(path).decode())
        found: HandedOver = kinds.of(HandedOver, document, "")
        _judge(found, head, runtime)
    except REFUSED as error:
        raise refusal(path, error) from None
    return found


def refusal(path: Path, error: Exception) -> ValueError:
    """Why it is not read, in a line that is short whatever it says."""
    reason = one_line(str(error) or type(error).__name__)
    line = f"{path.name[-20:]} is refused: {reason}"
    return ValueError(line if len(line) <= SHOWN else f"{line[:SHOWN]}..")


def _content(path: Path) -> bytes:
    """The bytes of the document."""
    if path.is_symlink() or not path.is_file():
        raise ValueError("it is no regular file")
    if (size := path.stat().st_size) > MOST_PACKED:
        raise ValueError(f"{size:,} bytes, and {MOST_PACKED:,} are the most")
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as packed:
        members = packed.infolist()
        if [each.filename for each in members] != [NAME]:
            names = ", ".join(repr(each.filename)[:40] for each in members[:3])
            raise ValueError(f"it must hold {NAME} alone, not {len(members)} files: {names}")
        (member,) = members
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise ValueError(f"{NAME} in it is no regular file")
        with packed.open(member) as file:  # what it says of its size may be a lie
            content = file.read(MOST + 1)
    if len(content) > MOST:
        raise ValueError(f"{NAME} is larger than {MOST:,} bytes")
    return content


def _judge(found: HandedOver, head: str, runtime: str) -> None:
    """Raise ValueError unless it is as `pack` writes it."""
    if found.schema != 1:
        raise ValueError(f"schema {found.schema}, and this reads 1")
    if found.head.commit != head:
        raise ValueError(f"it is about {found.head.commit[:8]!r}, not about {head[:8]}")
    if found.base.commit == found.head.commit:
        raise ValueError("base and head are the same commit")
    name = _short(found.machine.get("machine"), "the machine", _MACHINE)
    for benchmark, about in found.benchmarks.items():
        _short(benchmark, "a benchmark", _BENCHMARK)
        _known(about, DESCRIBED, benchmark)
    for side in (found.base, found.head):
        _short(side.commit, "a commit", _HASH)
        _known(side.texts, TEXTS, "texts")
        _known(side.result, KEPT, "result")
        if side.result.get("commit_hash") != side.commit:
            raise ValueError(f"the result of {side.commit[:8]!r} is of another commit")
        if kinds.of(dict[str, Any], side.result.get("params"), "params").get("machine") != name:
            raise ValueError(f"the result of {side.commit[:8]!r} is of another machine")
        if max(map(len, side.texts.values()), default=0) > MOST_KEPT:
            raise ValueError(f"a text of more than {MOST_KEPT:,} characters")
        _judge_rows(side.result)
    for text in _strings([found.machine, found.benchmarks, *_results(found)]):
        if len(text) > MOST_TEXT:
            raise ValueError(f"a text of {len(text):,} characters: {text[:40]!r}")
    _judge_runtimes(found, runtime)


def _short(value: object, what: str, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or len(value) > 100 or not pattern.fullmatch(value):
        raise ValueError(f"no name of {what}: {value!r:.60}")
    return value


def _known(table: dict[str, Any], keys: Collection[str], where: str) -> None:
    if unknown := sorted(table.keys() - set(keys)):
        raise ValueError(f"{where} has an unknown key: {unknown[0]!r:.60}")


def _judge_rows(result: dict[str, Any]) -> None:
    """So many rows and samples that they are judged in seconds."""
    columns = kinds.of(list[str], result.get("result_columns"), "result_columns")
    number = 0
    for name, row in kinds.of(dict[str, list[Any]], result.get("results"), "results").items():
        _short(name, "a benchmark", _BENCHMARK)
        known = dict(zip(columns, row, strict=False))
        axes = kinds.of(list[list[str]], known.get("params") or [], "params")
        number += math.prod(map(len, axes))
        samples = kinds.of(list[list[Any] | None], known.get("samples") or [], "samples")
        if any(len(each or ()) > MOST_SAMPLES for each in samples):
            raise ValueError(f"more than {MOST_SAMPLES:,} samples of one row of {name}")
    if number > MOST_ROWS:
        raise ValueError(f"{number:,} rows, and {MOST_ROWS:,} are the most")


def _results(found: HandedOver) -> Iterator[object]:
    for side in (found.base, found.head):
        yield from (side.result, side.functions)


def _strings(value: object) -> Iterator[str]:
    """All texts in a document, keys as well."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        yield from _strings(list(value.values()))
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _judge_runtimes(found: HandedOver, runtime: str) -> None:
    """`module:Class` is imported to know its packages: only where the user has named it.

    A parameter is a literal, in which a colon can be written otherwise.
    """
    content: list[object] = [
        [each.get("params"), each.get("fixed")] for each in found.benchmarks.values()
    ]
    for side in (found.base, found.head):
        content += [side.result.get("env_vars"), side.result["results"]]
    for text in _strings(content):
        for read in (text, str(literal(text))):
            if ":" in read and read.strip("'\"") != runtime:
                raise ValueError(f"it names {read[:60]!r}, and the runtime is {runtime!r:.60}")
