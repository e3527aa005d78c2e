"""A study: runs, readings between them, and a verdict."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import weakref
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, cast

from harness.instruments.leaks import cycles
from harness.instruments.leaks.explain import Explanation, background, trace_anew
from harness.instruments.leaks.findings import counted, grown, levelled
from harness.instruments.leaks.forgotten import Forgotten
from harness.instruments.leaks.readings import Readings, doubtful, sources
from harness.instruments.leaks.report import DEFECT, NOTE, Finding, Report, decide
from harness.instruments.leaks.slope import GROWS, LEVEL, Growth
from harness.instruments.leaks.survivors import Survivors
from harness.instruments.memory import only_new, traced

READINGS = 40


@dataclass(frozen=True)
class Plan:
    """How runs are used: warm-up, `readings` blocks of `step` runs, then two close looks.

    Without cycles it is a quick one, which ends as soon as nothing can be growing.
    """

    warm: int
    readings: int
    step: int
    cycles: int
    explain: int

    @staticmethod
    def of(iterations: int) -> Plan:
        """The plan for so many runs; ValueError for fewer than 10."""
        if iterations < 10:
            raise ValueError(f"a leak needs 10 iterations or more to show, not {iterations}")
        few, explain = max(2, iterations // 25), max(3, iterations // 8)
        measured = iterations - iterations // 5 - few - explain
        readings = min(READINGS, measured)
        step = measured // readings
        return Plan(iterations - few - explain - readings * step, readings, step, few, explain)


QUICK = Plan(warm=10, readings=40, step=2, cycles=0, explain=20)
"""For the figures alone."""

Run = Callable[[], object]
Turns = Generator[int, None, Report]
"""Yields how many runs are wanted next; returns the report."""


class Study:
    """What one study has seen so far."""

    def __init__(self, plan: Plan, tell: Callable[[int], object] | None = None) -> None:
        self.plan = plan
        self.survivors = Survivors()
        self.forgotten = Forgotten()
        self.readings = Readings(plan.readings, plan.step, sources(self.survivors.__len__))
        self.outlived: Counter[str] = Counter()
        self.watch_tasks = False
        self.runs = 0
        self._tell = tell

    def turns(self) -> Turns:
        """The study; whoever iterates makes the runs."""
        explained: Explanation | None = None
        made: tuple[str, ...] = ()
        # Traced from the first run on: the end of something older would not be noticed, so a
        # cache that is full would seem to grow.
        with self.forgotten, traced():
            with only_new():
                yield from self._measure()
                if self.plan.cycles:
                    made = yield from self._cycles()
            growths = self.readings.judged()
            if any(growth.kind == GROWS for growth in growths.values()):
                explained = Explanation(self.survivors)
                yield from self._more(self.plan.explain)
                explained.finish(self.plan.explain)
                growths |= {name: _cached(growths[name]) for name in explained.cached}
        return self._report(growths, made, explained)

    def _report(
        self, growths: dict[str, Growth], made: tuple[str, ...], explained: Explanation | None
    ) -> Report:
        """made: the cycles."""
        found = grown(growths, explained, self.survivors) if explained else []
        forgotten, plan = self.forgotten, self.plan
        found += counted("coroutines", DEFECT, "never awaited", forgotten.coroutines, self.runs)
        found += counted(
            "lost tasks", DEFECT, "the event loop complains", forgotten.lost, self.runs
        )
        if made:
            found.append(Finding("cycles", NOTE, "freed by the garbage collector only", made))
        if growths["tasks"].kind != GROWS:
            text = "still at work when their run had returned"
            found += counted("background tasks", NOTE, text, self.outlived, plan.cycles)
        found += levelled(self.readings, growths)
        return Report(decide(found, doubtful(growths)), self.runs, found, growths)

    def _measure(self) -> Generator[int, None, None]:
        yield from self._more(self.plan.warm)
        for _ in range(self.plan.readings):
            yield from self._more(self.plan.step)
            self.readings.take()
            enough = not self.plan.cycles and self.readings.settled()
            if enough or self.readings.overflowing():
                return

    def _cycles(self) -> Generator[int, None, tuple[str, ...]]:
        self.watch_tasks = True
        trace_anew()
        with cycles.garbage() as found:
            yield from self._more(self.plan.cycles)
        self.watch_tasks = False
        made = cycles.describe(found, self.plan.cycles)
        found.clear()
        return made

    def _more(self, runs: int) -> Generator[int, None, None]:
        yield runs
        self.runs += runs
        if self._tell:
            self._tell(self.runs)


def _cached(growth: Growth) -> Growth:
    """The growth of what a bounded cache holds that is not full yet."""
    if growth.kind != GROWS:
        return growth
    reason = "it rises as a bounded cache does that is not full yet"
    return dataclasses.replace(growth, kind=LEVEL, reason=reason)


def find_leak(
    run: Run,
    iterations: int = 500,
    watch: bool = False,
    tell: Callable[[int], object] | None = None,
    plan: Plan | None = None,
) -> Report:
    """Whether calling `run`, a `def` or `async def`, again and again holds on to something.

    All runs of an `async def` are on one fresh event loop. The first fifth warms up and is not
    judged; 40 readings follow, then a look at reference cycles, and if something grows a look at
    what it is. watch: `run` returns objects (one, or an iterable of them) that must be gone once
    they are let go. tell: called now and then with the runs made so far. plan: instead of the usual
    one of `iterations` runs. Bounded caches (functools.lru_cache) that were filling are emptied,
    to see what grows without them.
    Raises what `run` raises; ValueError for fewer than 10 iterations. tracemalloc is used: traces
    that a program keeps of its own are lost.
    """
    study = Study(plan or Plan.of(iterations), tell)
    if inspect.iscoroutinefunction(run):
        return asyncio.run(_drive(study, run, watch))
    turns = study.turns()
    try:
        while True:
            for _ in range(next(turns)):
                _let_go(study, run(), watch)
    except StopIteration as end:
        return cast(Report, end.value)
    finally:
        turns.close()


async def _drive(study: Study, run: Callable[[], Awaitable[object]], watch: bool) -> Report:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(study.forgotten.complaint)
    turns = study.turns()
    try:
        while True:
            count = next(turns)
            watched = study.watch_tasks
            seen = weakref.WeakSet(asyncio.all_tasks() if watched else ())
            for _ in range(count):
                _let_go(study, await run(), watch)
                if watched:
                    study.outlived += background(seen)
            await _settle()
    except StopIteration as end:
        return cast(Report, end.value)
    finally:
        turns.close()


async def _settle() -> None:
    """A few turns of the loop: what only waits for its turn is not left over."""
    for _ in range(10):
        await asyncio.sleep(0)


def _let_go(study: Study, result: Any, watch: bool) -> None:
    if watch:
        many = isinstance(result, Iterable) and not isinstance(result, (str, bytes))
        study.survivors.watch(result if many else [result])
