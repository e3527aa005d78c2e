"""Records of a load without an end: kept while a request is on its way, then only counted."""

import threading
from collections.abc import Iterator

from harness.instruments.arrivals import board, kinds
from harness.instruments.arrivals.board import Board, Slot
from harness.instruments.arrivals.records import Record, Records

TIMED = frozenset({"ok", *kinds.GIVEN_UP})


class Streamed(Records):
    """As many minutes of a load as it takes, each counted on the board and then made a row of.

    number: of the first minute; position: seconds of load that were made before, and `end` of all.
    minute: seconds of one; within: seconds that a good request takes at most. Safe to share among
    threads.
    """

    def __init__(
        self,
        on: Board,
        number: int,
        position: float,
        end: float,
        minute: float,
        within: float | None,
    ) -> None:
        super().__init__()
        self._board, self._before = on, position
        self._until, self._minute, self._within = end, minute, within
        self._pending: dict[int, tuple[float, float]] = {}
        self._lock = threading.Lock()
        self._slot, self._other = on.slots
        self._slot.begin(number, position, 0)
        self._edge = self._next_edge(position)

    def _next_edge(self, position: float) -> float:
        edge = (position // self._minute + 1) * self._minute
        # What comes after the end belongs to the last minute.
        return edge if edge < self._until - 1e-6 else float("inf")

    def tick(self, moment: float) -> Slot | None:
        """Note that the load goes on; the slot of a minute that is over, and not yet a row."""
        with self._lock:
            self._move(moment)
        return self._other if self._other.whole[board.NUMBER] else None

    def _move(self, moment: float) -> None:
        position = self._before + moment
        # If its row could not be written yet, the other slot is taken: this minute is longer then.
        if position >= self._edge and not self._other.whole[board.NUMBER]:
            last = position // self._minute * self._minute
            self._slot.real[board.POSITION] = last
            number, flying = self._slot.whole[board.NUMBER], self._slot.in_flight
            self._other.begin(number + 1, last, flying)
            self._slot, self._other = self._other, self._slot
            self._edge = self._next_edge(position)
        self._slot.real[board.POSITION] = max(position, self._slot.real[board.POSITION])

    def last(self) -> Slot:
        """The slot of the minute that is being counted."""
        return self._slot

    def send(self, due: float, sent: float, late: float) -> int:
        """A new record of a request that is on its way; its number."""
        with self._lock:
            self._move(sent)
            slot, late = self._slot, max(0.0, late)
            slot.whole[board.SENT] += 1
            slot.late[board.cell(late)] += 1
            slot.real[board.LATEST] = max(slot.real[board.LATEST], late)
            request, self._count = self._count, self._count + 1
            self._pending[request] = due, sent
            slot.whole[board.PEAK] = max(slot.whole[board.PEAK], len(self._pending))
            return request

    def finish(self, request: int, end: float, kind: str) -> None:
        """Note how a request ended; what is said of it later does not count."""
        with self._lock:
            if (found := self._pending.pop(request, None)) is None:
                return
            self._move(end)
            slot, latency = self._slot, end - found[0]
            if kind == kinds.UNSENT:
                slot.whole[board.SENT] -= 1
                slot.whole[board.UNSENT] += 1
                slot.late[board.cell(0.0)] -= 1
            else:
                slot.ended[self._board.code(kind)] += 1
                self.counts["ok"] += kind == "ok"
            if kind in TIMED:
                slot.latency[board.cell(latency)] += 1
                slot.real[board.SUM] += latency
                slot.real[board.MOST] = max(slot.real[board.MOST], latency)
                good = kind == "ok" and self._within is not None and latency <= self._within
                slot.whole[board.GOOD] += good

    def sent(self, request: int) -> float:
        """When a request was sent; of one that has ended nobody needs to know."""
        return self._pending.get(request, (0.0, 0.0))[1]

    def pending(self) -> list[int]:
        """Requests of which nothing is known yet of how they ended."""
        return list(self._pending)

    def __iter__(self) -> Iterator[Record]:
        raise TypeError("single requests are not kept")
