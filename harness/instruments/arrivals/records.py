"""What became of every request: one compact record each, 30 bytes, whatever happened to it."""

from array import array
from collections import Counter, deque
from collections.abc import Iterator
from typing import NamedTuple

PENDING, OK = 0, 1
_CHUNK = 65_536
_RECENT = 2_000
_COLUMNS = ("_due", "_sent", "_end", "_late", "_kind")


class Record(NamedTuple):
    """One request. Moments are seconds since the load began.

    due: when it was meant to start; sent: when it did; end: when it was answered, or given up.
    late: seconds for which the generator itself, and nothing else, held it back.
    kind: "ok" or the kind of its error.
    """

    request: int
    due: float
    sent: float
    end: float
    late: float
    kind: str

    @property
    def latency(self) -> float:
        """Seconds from the intended start to the end."""
        return self.end - self.due


class Records:
    """Records by request number, in the order in which requests were due.

    Space for `expected` requests is taken at once, so that memory stays flat while load is on.
    """

    def __init__(self, expected: int = 0) -> None:
        self._due, self._sent, self._end = array("d"), array("d"), array("d")
        self._late, self._kind = array("f"), array("H")
        self._names = ["pending", "ok"]
        self._codes = {"ok": OK}
        self._count = 0
        self.counts: Counter[str] = Counter()  # finished requests by kind
        self.recent: deque[float] = deque(maxlen=_RECENT)  # latencies, for whoever watches
        self._grow(expected)

    def _grow(self, by: int) -> None:
        for name in _COLUMNS:
            column = getattr(self, name)
            column.frombytes(bytes(by * column.itemsize))

    def __len__(self) -> int:
        return self._count

    def send(self, due: float, sent: float, late: float) -> int:
        """A new record of a request that is on its way; its number."""
        request = self._count
        if request == len(self._due):
            self._grow(_CHUNK)
        self._due[request], self._sent[request] = due, sent
        self._late[request] = max(0.0, late)
        self._count += 1
        return request

    def finish(self, request: int, end: float, kind: str) -> None:
        """Note how a request ended; what is said of it later does not count."""
        if self._kind[request] != PENDING:
            return
        if kind not in self._codes:
            self._codes[kind] = len(self._names)
            self._names.append(kind)
        self._kind[request] = self._codes[kind]
        self._end[request] = end
        self.counts[kind] += 1
        if kind == "ok":
            self.recent.append(end - self._due[request])

    def sent(self, request: int) -> float:
        """When a request was sent."""
        return self._sent[request]

    def pending(self) -> list[int]:
        """Requests of which nothing is known yet of how they ended."""
        return [n for n, code in enumerate(self._kind[: self._count]) if code == PENDING]

    def __iter__(self) -> Iterator[Record]:
        kinds = map(self._names.__getitem__, self._kind)
        columns = (self._due, self._sent, self._end, self._late, kinds)
        return map(Record, range(self._count), *columns)
