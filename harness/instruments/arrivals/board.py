"""What a soak counts, in a file that is mapped into memory: a killed process leaves it exact.

A board has two slots of counters. Requests are counted in one of them; when its minute is over, in
the other, while the first is made a row of. So nothing grows with the number of requests.
"""

import fcntl
import math
import mmap
import time
from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import overload

KINDS = 64
"""Kinds of ends that are distinguished ("ok" among them); those that come later count as OTHER."""

OTHER = "other"
_NAME = 64  # bytes of a kind's name

_FINE = 128  # cells between a power of two and the next: they are 0.4 to 0.8 % of a value wide
_LEAST = -20  # the first cell begins at 2**_LEAST s, a microsecond
CELLS = _FINE * 34  # up to 2**14 s, four and a half hours

# Of each slot: whole numbers, then seconds, then how many ended in each way, then two histograms.
NUMBER, CARRIED, SENT, UNSENT, GOOD, PEAK = range(6)
BEGIN, POSITION, WALL, SUM, MOST, LATEST = range(6, 12)
_ENDED = range(12, 12 + KINDS)
_LATENCY = range(_ENDED.stop, _ENDED.stop + CELLS)
_LATE = range(_LATENCY.stop, _LATENCY.stop + CELLS)
_NAMES = KINDS * _NAME
_SIZE = 8 * _LATE.stop


def cell(seconds: float) -> int:
    """The cell of a histogram in which so many seconds are counted."""
    part, power = math.frexp(max(seconds, 2.0**_LEAST))
    return min(CELLS - 1, (power - _LEAST - 1) * _FINE + int((part - 0.5) * 2 * _FINE))


def _edge(at: int) -> float:
    """The least of a cell, in seconds."""
    power, fine = divmod(at, _FINE)
    return math.ldexp(0.5 + fine / (2 * _FINE), power + _LEAST + 1)


class Values(Sequence[float]):
    """The values of a histogram in ascending order, even within a cell, and none above `most`.

    total: their exact sum; less: taken off each. All in seconds.
    """

    def __init__(
        self, cells: Mapping[int, int], total: float, most: float, less: float = 0.0
    ) -> None:
        self._cells = sorted(cells.items())
        self._ends = array("q")
        count = 0
        for _, each in self._cells:
            count += each
            self._ends.append(count)
        self._most, self._less = most, less
        self.mean = total / count - less if count else None

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, place: int) -> float: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[float]: ...
    def __getitem__(self, place: int | slice) -> float | Sequence[float]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        place += 0 if place >= 0 else len(self)
        if not 0 <= place < len(self):
            raise IndexError(place)
        if place == len(self) - 1:
            return self._most - self._less
        found = bisect_right(self._ends, place)
        at, count = self._cells[found]
        part = (place - (self._ends[found] - count) + 0.5) / count
        low, high = _edge(at), _edge(at + 1)
        return min(self._most, low + part * (high - low)) - self._less


class Slot:
    """The counters of one minute: `whole` and `real` by the names above, and `ended` by kind.

    NUMBER: of the minute, from 1; 0: nothing is counted here. BEGIN and POSITION: seconds of load
    before it, and until now; WALL: when it began, in seconds since 1970. PEAK: most in flight.
    SUM, MOST: of latencies; LATEST: how late the generator was at most.
    """

    def __init__(self, memory: memoryview) -> None:
        self.whole, self.real = memory.cast("q"), memory.cast("d")
        self.ended, self.latency, self.late = (
            self.whole[part.start : part.stop] for part in (_ENDED, _LATENCY, _LATE)
        )

    def begin(self, number: int, position: float, carried: int) -> None:
        """A minute begins; `carried` requests are in flight."""
        self.whole[1:] = memoryview(array("q", bytes(_SIZE - 8)))
        self.whole[CARRIED] = carried
        self.real[BEGIN] = self.real[POSITION] = position
        self.real[WALL] = time.time()
        self.whole[NUMBER] = number

    @property
    def in_flight(self) -> int:
        """Requests that were sent, in this minute or before, and have not ended."""
        return self.whole[CARRIED] + self.whole[SENT] - sum(self.ended)


class Board:
    """The file, the two slots in it, and the names of kinds.

    Raises ValueError, one line, where another process uses it or it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = open(path, "r+b" if path.exists() else "w+b")  # noqa: SIM115 - mapped
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Written, not only made longer: a full disk is seen now, and is no signal later.
            if path.stat().st_size < _NAMES + 2 * _SIZE:
                self._file.write(bytes(_NAMES + 2 * _SIZE))
                self._file.flush()
            memory = memoryview(mmap.mmap(self._file.fileno(), _NAMES + 2 * _SIZE))
        except BlockingIOError:
            raise ValueError(f"another soak is running in {path.parent}") from None
        except OSError as error:
            raise ValueError(f"{path} cannot be written: {error.strerror}") from None
        self._names = memory[:_NAMES]
        self.slots = [Slot(memory[_NAMES + i * _SIZE :][:_SIZE]) for i in (0, 1)]
        stored = [bytes(self._names[i : i + _NAME]) for i in range(0, _NAMES, _NAME)]
        self.names = [OTHER, *(name.rstrip(b"\0").decode() for name in stored[1:] if any(name))]

    def code(self, kind: str) -> int:
        """The number of a kind."""
        name = kind.encode()[:_NAME].decode(errors="ignore")
        if name in self.names:
            return self.names.index(name)
        if (code := len(self.names)) == KINDS:
            return self.names.index(OTHER)
        self._names[code * _NAME :][: len(name.encode())] = name.encode()
        self.names.append(name)
        return code

    def close(self) -> None:
        """Let another process use it."""
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._file.close()
