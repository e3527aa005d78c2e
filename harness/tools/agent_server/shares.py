"""A load that several processes share: who sends what, and their records put together again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

from harness.instruments.arrivals.plan import Open, Plan
from harness.instruments.arrivals.records import PENDING, Records

GREENLETS = 10_000
"""Requests that a process may have in flight at once where no cap is given."""


@dataclass(frozen=True)
class Share:
    """Every `of`-th request of a load, from the one with number `place` on."""

    place: int = 0
    of: int = 1

    def number(self, request: int) -> int:
        """The number in the whole load of a request of this share."""
        return self.place + request * self.of

    def dues(self, plan: Plan) -> Sequence[float]:
        """When its requests are due."""
        assert isinstance(plan.arrivals, Open)
        return plan.arrivals.due[self.place :: self.of]

    def plan(self, plan: Plan) -> Plan:
        """Its part of an open loop; a cap is divided. It has at least one request."""
        assert isinstance(plan.arrivals, Open)
        cap = GREENLETS
        if plan.cap is not None:
            cap = plan.cap // self.of + (self.place < plan.cap % self.of)
        return replace(plan, arrivals=replace(plan.arrivals, due=self.dues(plan)), cap=cap)


class Reported(Records):
    """Records of a process that passes each of them on when its request has ended."""

    def __init__(self, expected: int = 0) -> None:
        super().__init__(expected)
        self._news: list[int] = []

    def finish(self, request: int, end: float, kind: str) -> None:
        """Note how a request ended; what is said of it later does not count."""
        if self._kind[request] == PENDING:
            self._news.append(request)
        super().finish(request, end, kind)

    def news(self) -> list[tuple[float, float, float, float, str]]:
        """due, sent, end, late and kind of each request that has ended since this was asked."""
        news, self._news = self._news, []
        columns = (self._due, self._sent, self._end, self._late)
        return [
            (*(column[n] for column in columns), self._names[self._kind[n]])  # type: ignore[misc]
            for n in news
        ]


@dataclass
class Gathered:
    """What a process has reported so far. expected: how many requests it was to send."""

    expected: int
    records: Records = field(default_factory=Records)
    peak: int = 0
    injected: float | None = None
    is_done: bool = False

    def add(self, message: Mapping[str, Any]) -> None:
        """Its next report, with what is new."""
        for due, sent, end, late, kind in message["news"]:
            self.records.finish(self.records.send(due, sent, late), end, kind)
        self.peak, self.is_done = message["peak"], message["is_done"]
        self.injected = message["injected"]


def together(parts: Iterable[Gathered]) -> Records:
    """The records of all, in the order in which requests were due."""
    every = [record for part in parts for record in part.records]
    found = Records(len(every))
    for each in sorted(every, key=attrgetter("due")):
        found.finish(found.send(each.due, each.sent, each.late), each.end, each.kind)
    return found
