"""The search on a target: step after step, each on an empty queue, until the edge is known."""

import argparse
import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from harness.common.numbers import number, quantity
from harness.instruments.arrivals import shapes
from harness.instruments.arrivals.base import Clock
from harness.instruments.arrivals.plan import Plan, arrivals
from harness.tools.load import judge, run
from harness.tools.load.capacity import search
from harness.tools.load.capacity.step import Step, judged
from harness.tools.load.run import Outcome
from harness.tools.load.target import Target

ERRORS = judge.Slo("errors", 0.01)
"""The service level for errors where none is given: who answers 429 at once is quick."""

SHORTEST = 0.3
"""Part of --duration that a step lasts while the edge is known roughly only."""

WARMUP = 0.25
"""Part of each step that goes before it and is not counted."""

SPAN = 4
"""Times the latency of a request that is alone: a step lasts that long, or no queue could grow."""

LONGEST = 6
"""Steps of this part of the budget at most; slower rates are not tried."""

FEWEST = {"p90": 10, "p95": 20, "p99": 100, "p99.9": 1000}
"""Requests without which a level is not judged; see figures.percentile."""

RATE = 10.0
"""Requests a second to begin with."""

MOST = 100_000.0
"""Requests a second: no generator of ours comes near."""

_PAUSE = 0.1  # seconds between looks whether the target has recovered


@dataclass
class Found:
    """What a search has found. alone: seconds of a request that is alone; seconds: of it all.

    over: why it ended: "found", "budget", "stopped" (by hand), "limit" (no further rate can be
    tried) or "stuck" (the target did not recover from a step).
    """

    slos: Sequence[judge.Slo]
    over: str = "found"
    alone: float = 0.0
    seconds: float = 0.0
    steps: list[Step] = field(default_factory=list)
    python: str = ""
    event_loop: str = ""

    @property
    def tries(self) -> list[search.Try]:
        """As the search takes them."""
        return [(step.rate, step.met) for step in self.steps]

    @property
    def edge(self) -> search.Edge:
        """What they come to."""
        return search.edge(search.tallies(self.tries))

    @property
    def is_known(self) -> bool:
        """Whether there is a rate that met the service levels, and one that the target missed."""
        at = self.edge
        missed = any(step.rate == at.above and step.verdict == "missed" for step in self.steps)
        return at.met is not None and missed


class _Over(Exception):
    """The search ends here; the message is why."""


def find(
    target: Target, arguments: argparse.Namespace, say: Callable[[str], object] = lambda line: None
) -> Found:
    """Look for the highest rate that meets the service levels.

    arguments: those of `load`. say: called with a line after each step. Ctrl-C, and the end of the
    budget, end it with what is known so far. Raises ValueError, one line, if a request that is
    alone already fails.
    """
    slos = [*arguments.slo]
    slos += [ERRORS] if "errors" not in {slo.name for slo in slos} else []
    found = Found(slos)
    begin = time.perf_counter()
    with contextlib.suppress(KeyboardInterrupt):  # between two loads
        found.over = "stopped"
        run.opened(target, lambda make: Search(target, arguments, found, make, say).all_of_it())
    found.seconds = time.perf_counter() - begin
    return found


def fewest(slos: Sequence[judge.Slo]) -> int:
    """Requests that a step needs for each of its service levels to be judged."""
    return max((FEWEST.get(slo.name.removeprefix("added-"), 0) for slo in slos), default=0)


class Search:
    """One search, on a target that is open. make: makes one load on it; clock: of the budget."""

    def __init__(
        self,
        target: Target,
        arguments: argparse.Namespace,
        found: Found,
        make: Callable[[Plan], Awaitable[Outcome]],
        say: Callable[[str], object] = lambda line: None,
        clock: Clock = time.perf_counter,
    ) -> None:
        self._target, self._given, self._found = target, arguments, found
        self._make, self._say, self._clock = make, say, clock
        self._limit = judge.tightest(found.slos) or 0.0
        self._drain = max(arguments.drain, 2 * self._limit)
        self._begin = clock()

    async def all_of_it(self) -> None:
        """Look until it is over; what was found is in `found`."""
        found, start = self._found, RATE if self._given.rate is None else self._given.rate
        least = max(1, fewest(found.slos)) / (self._given.budget / LONGEST)
        try:
            await self._alone()  # imports, connections
            found.alone = await self._alone()
            while True:
                rate = search.following(found.tries, start, least, MOST)
                if rate is None:
                    break
                await self._step(rate)
            found.over = "found" if found.is_known else "limit"
        except _Over as over:
            found.over = str(over)

    def _left(self) -> float:
        return float(self._given.budget - (self._clock() - self._begin))

    async def _load(self, plan: Plan) -> Outcome:
        outcome = await self._make(plan)
        if outcome.stopped_at is not None:
            raise _Over("stopped")
        self._found.python, self._found.event_loop = outcome.python, outcome.event_loop
        return outcome

    async def _alone(self) -> float:
        """Seconds that one request takes, when nothing else is to be done."""
        plan = Plan(arrivals([0.0], 0.01), self._given.timeout, drain=max(1.0, self._left()))
        (record,) = (await self._load(plan)).records
        if record.kind != "ok" and not self._found.steps:
            raise ValueError(
                f"a request that is alone ends with {record.kind!r}: {self._target.name}"
            )
        return float(record.latency)

    async def _recovered(self) -> None:
        """Wait until the target has done, or forgotten, what the last step left."""
        while await self._alone() > max(self._limit, 2 * self._found.alone):
            if self._left() <= 0:
                raise _Over("stuck")
            await asyncio.sleep(_PAUSE)

    def _seconds(self, rate: float) -> float:
        """How long a step lasts: the longer the nearer the edge, since its queue grows slower."""
        longest: float = self._given.duration
        near = (search.PRECISION - 1) / search.width(self._found.tries)
        seconds = longest * min(1.0, max(SHORTEST, near))
        return max(seconds, 1.1 * fewest(self._found.slos) / rate, SPAN * self._found.alone)

    async def _step(self, rate: float) -> None:
        seconds = self._seconds(rate)
        warmup = max(self._given.warmup, WARMUP * seconds)
        if warmup + seconds > self._left():
            raise _Over("budget")
        of_step = vars(self._given) | {"rate": rate, "duration": seconds, "warmup": warmup}
        of_step["drain"] = self._drain
        if self._given.shape == "poisson":
            of_step["seed"] = (self._given.seed or 0) + len(self._found.steps)
        plan, _ = shapes.plan(argparse.Namespace(**of_step))
        began, before = self._clock(), self._others()
        outcome = await self._load(plan)
        lasted, after = self._clock() - began, self._others()
        used = {
            name: None if (a := before[name]) is None or b is None else 100 * (b - a) / lasted
            for name, b in after.items()
        }
        step = judged(self._target, outcome, self._found.slos, used, rate, began - self._begin)
        self._found.steps.append(step)
        self._say(line(step))
        if step.figures["requests.errors"].get("unfinished") or step.figures["requests.unsent"]:
            await self._recovered()

    def _others(self) -> dict[str, float | None]:
        return {name: cpu_seconds() for name, cpu_seconds in self._target.others.items()}


def line(step: Step) -> str:
    """One step in a line."""
    tail = quantity(step.figures["latency.p95"], "seconds")
    why = f": {'; '.join(step.why)}" if step.why else ""
    return f"{step.began:5.0f} s  {number(step.rate)}/s  {step.verdict}, p95 {tail}{why}"
