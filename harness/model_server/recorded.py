"""Recorded model calls: read from a file, and replayed in a seeded order, tails included.

The file is CSV with a header, JSON lines, or a JSON array of objects. Columns (or keys):

    latency          seconds to the end of the reply; or latency_ms. Needed.
    ttft             seconds to its first token; or ttft_ms. Without it a reply comes whole.
    tokens           of the reply; or completion_tokens, output_tokens.
    status           what has another than 2xx is left out
    kind, warmup     as in the CSV of a load: what is not "ok", or warm-up, is left out

Others are ignored. `harness record` writes such a file, and so does `harness load --csv`.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import random
import re
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.common import files, quantities

_FIELDS = {
    "latency": ("latency", 1.0),
    "latency_ms": ("latency", 1e-3),
    "ttft": ("ttft", 1.0),
    "ttft_ms": ("ttft", 1e-3),
    "tokens": ("tokens", 1.0),
    "completion_tokens": ("tokens", 1.0),
    "output_tokens": ("tokens", 1.0),
}
_MOST = {"latency": float(quantities.YEAR), "ttft": float(quantities.YEAR), "tokens": 1e9}
_SPACE = re.compile(r"[ \t\r\n]*")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One recorded call, in seconds; tokens: of its reply, None where that is not known."""

    latency: float
    first: float
    tokens: int | None

    def moments(self, pieces: int) -> list[float]:
        """When each piece of a streamed reply is due, evenly from the first one, and its end."""
        step = (self.latency - self.first) / pieces
        return [*(self.first + i * step for i in range(pieces)), self.latency]


@dataclass(frozen=True)
class Calls:
    """Recorded calls, in the order of their file. left_out: lines that are no good calls."""

    latency: array[float] = field(default_factory=lambda: array("d"))
    first: array[float] = field(default_factory=lambda: array("d"))
    tokens: array[int] = field(default_factory=lambda: array("q"))
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.latency)

    def __getitem__(self, index: int) -> Call:
        tokens = self.tokens[index]
        return Call(self.latency[index], self.first[index], None if tokens < 0 else tokens)


class Replay:
    """Calls without end: each so many in a row are all that were recorded, in a seeded order."""

    def __init__(self, calls: Calls, seed: int = 0) -> None:
        self._calls, self._seed = calls, seed
        self.restart()

    def restart(self) -> None:
        """Begin with the first one again."""
        self._random = random.Random(self._seed)
        self._order = array("l", range(len(self._calls)))
        self._next = 0

    def next(self) -> Call:
        """The k-th time, the k-th call of the order."""
        # A step of Fisher and Yates's shuffle: a whole one would hold up who waits for a reply.
        here, order = self._next, self._order
        there = self._random.randrange(here, len(order))
        order[here], order[there] = order[there], order[here]
        self._next = (here + 1) % len(order)
        return self._calls[order[here]]


def add_arguments(parser: Any, **settings: Any) -> None:
    """`--latency-from` and `--latency-seed`; `of_arguments` reads them."""
    parser.add_argument(
        "--latency-from",
        type=os.path.abspath,  # another process may read it
        metavar="FILE",
        help="latencies of recorded model calls, replayed: CSV or JSON (docs/real-models.md)",
    )
    parser.add_argument(
        "--latency-seed", type=int, default=0, metavar="N", help="replays them in another order"
    )


def of_arguments(arguments: Any) -> Calls | None:
    """The calls that the arguments name; ValueError, one line, if they cannot be read."""
    if arguments.latency_from is None:
        return None
    for name in ("latency", "gap", "script"):
        if getattr(arguments, name, None):
            raise ValueError(f"--latency-from says when replies come: leave out --{name}")
    return read(arguments.latency_from)


def read(path: str | os.PathLike[str]) -> Calls:
    """The calls in a file; ValueError, one line with the number of the file's line, if bad."""
    return files.parsed(str(path), _calls)


def _calls(text: str) -> Calls:
    text = text.removeprefix("\ufeff")  # spreadsheets begin a file with it
    begin = text.lstrip()[:1]
    rows = {"[": _elements, "{": _lines}.get(begin, _records)(text)
    calls, left_out = Calls(), 0
    for line, row in rows:
        if not isinstance(row, dict):
            raise ValueError(f"line {line}: a call is an object, not {row!r:.60}")
        if not _is_good(row):
            left_out += 1
            continue
        if len(calls) == quantities.MOST:
            raise ValueError(f"line {line}: more than {quantities.MOST:,} calls")
        found = _numbers(line, row)
        if "latency" not in found:
            raise ValueError(f"line {line}: no latency")
        latency = found["latency"]
        first = found.get("ttft", latency)
        if first > latency:
            raise ValueError(f"line {line}: ttft {first:g} s is more than latency {latency:g} s")
        calls.latency.append(latency)
        calls.first.append(first)
        calls.tokens.append(int(found.get("tokens", -1)))
    if not calls:
        raise ValueError(f"it has no good call ({left_out} left out)")
    return Calls(calls.latency, calls.first, calls.tokens, left_out)


def _is_good(row: Row) -> bool:
    status, kind, warmup = (str(row.get(name, "")) for name in ("status", "kind", "warmup"))
    return status[:1] in ("", "2") and kind in ("", "ok") and warmup in ("", "0", "False")


def _numbers(line: int, row: Row) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, (what, unit) in _FIELDS.items():
        if (value := row.get(name)) in (None, ""):
            continue
        if what in found:
            raise ValueError(f"line {line}: {what} is given twice, as {name}, too")
        try:
            number = math.nan if isinstance(value, bool) else float(value) * unit
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not 0 <= number <= _MOST[what]:
            raise ValueError(
                f"line {line}: {name} is a number from 0 to {_MOST[what] / unit:g},"
                f" not {value!r:.60}"
            )
        found[what] = number
    return found


def _records(text: str) -> Iterator[tuple[int, Row]]:
    """Rows of CSV, by the line on which each ends."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if not {"latency", "latency_ms"} & set(header):
            raise ValueError(f"line 1: no column latency in {', '.join(header)!r:.60}")
        for record in filter(None, reader):
            if len(record) != len(header):
                those = f"{len(record)} fields, the header has {len(header)}"
                raise ValueError(f"line {reader.line_num}: {those}")
            yield reader.line_num, dict(zip(header, record, strict=True))
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: no CSV ({error})") from None


def _lines(text: str) -> Iterator[tuple[int, Any]]:
    """Values of JSON lines."""
    for line, content in enumerate(text.split("\n"), 1):
        if content.strip():
            try:
                yield line, json.loads(content)
            except json.JSONDecodeError as error:
                raise ValueError(f"line {line}: no JSON ({error.msg})") from None


def _elements(text: str) -> Iterator[tuple[int, Any]]:
    """Elements of a JSON array, by the line on which each begins."""
    decoder = json.JSONDecoder()
    at, line = 0, 1

    def skip(to: int) -> None:
        nonlocal at, line
        found = _SPACE.match(text, to)
        end = found.end() if found else to
        line += text.count("\n", at, end)
        at = end

    try:
        skip(text.index("[") + 1)
        while text[at : at + 1] != "]":
            begin = line
            value, end = decoder.raw_decode(text, at)
            yield begin, value
            skip(end)
            if text[at : at + 1] == ",":
                skip(at + 1)
            elif text[at : at + 1] != "]":
                raise json.JSONDecodeError("Expecting , or ]", text, at)
        if text[at + 1 :].strip():
            raise json.JSONDecodeError("Something after the array", text, at)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}: no JSON ({error.msg})") from None
