"""A study: runs, readings between them, and a verdict."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.instruments.arrivals.drivers import without_loop
from harness.instruments.leaks.forgotten import Forgotten
from harness.instruments.leaks.names import task_name, trace_anew
from harness.instruments.leaks.readings import GROWS, LEVEL, Growth, Readings, sources
from harness.instruments.leaks.references import Survivors, cycles, garbage
from harness.instruments.leaks.report import (
    DEFECT,
    NOTE,
    Finding,
    Report,
    counted,
    decide,
    grown,
    levelled,
)
from harness.instruments.memory import only_new, traced

READINGS = 40

BREAKING, TOO_MANY = ("threads", "descriptors"), 400
"""Of what a process may break if a study goes on when there are so many more than at first."""


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


def _done(result: Any) -> Any:
    """What a plain function returned, unless it is all still to be done."""
    if inspect.isawaitable(result):
        raise TypeError("it returns what must be awaited: make it an `async def`")
    return result


class _Study:
    """Runs of one function, and what was seen so far."""

    def __init__(self, run: Callable[[], Any], plan: Plan, watch: bool) -> None:
        self._run, self._plan, self._watch = run, plan, watch
        self._on_loop = inspect.iscoroutinefunction(run)
        self._survivors = Survivors()
        self._forgotten = Forgotten()
        self._readings = Readings(plan.readings, plan.step, sources(self._survivors.__len__))
        self._background: Counter[str] = Counter()
        self._runs = 0

    def report(self) -> Report:
        """Make the study."""
        return asyncio.run(self._report()) if self._on_loop else without_loop(self._report())

    async def _report(self) -> Report:
        made: tuple[str, ...] = ()
        if self._on_loop:
            asyncio.get_running_loop().set_exception_handler(self._forgotten.complaint)
        # Traced from the first run on: the end of something older would not be noticed, so a
        # cache that is full would seem to grow.
        with self._forgotten.listening(), traced():
            with only_new():
                await self._measure()
                if self._plan.cycles:
                    made = await self._cycles()
            growths = self._readings.judged()
            found = []
            if any(growth.kind == GROWS for growth in growths.values()):
                found = await self._explain(growths)
        found += self._noted(growths, made)
        return Report(decide(found, growths), self._runs, found, growths)

    async def _measure(self) -> None:
        await self._more(self._plan.warm)
        for _ in range(self._plan.readings):
            await self._more(self._plan.step)
            self._readings.take()
            enough = not self._plan.cycles and self._readings.settled()
            if enough or any(self._readings.rise(each) > TOO_MANY for each in BREAKING):
                return

    async def _cycles(self) -> tuple[str, ...]:
        trace_anew()
        with garbage() as found:
            await self._more(self._plan.cycles, self._background)
        made = cycles(found, self._plan.cycles)
        found.clear()
        return made

    async def _explain(self, growths: dict[str, Growth]) -> list[Finding]:
        """What grows; a series that rises only as a bounded cache fills is level from now on."""
        from harness.instruments.leaks.explain import explain  # most studies find nothing

        evidence, level = await explain(self._more, self._plan.explain, self._survivors)
        for name in level:
            if growths[name].kind == GROWS:
                reason = "it rises as a bounded cache does that is not full yet"
                growths[name] = dataclasses.replace(growths[name], kind=LEVEL, reason=reason)
        return grown(growths, evidence)

    def _noted(self, growths: Mapping[str, Growth], made: tuple[str, ...]) -> list[Finding]:
        """Defects, and what is worth knowing. made: the cycles."""
        forgotten, runs = self._forgotten, self._runs
        found = counted("coroutines", DEFECT, "never awaited", forgotten.coroutines, runs)
        found += counted("lost tasks", DEFECT, "the event loop complains", forgotten.lost, runs)
        if made:
            found.append(Finding("cycles", NOTE, "freed by the garbage collector only", made))
        if growths["tasks"].kind != GROWS:
            text = "still at work when their run had returned"
            found += counted("background tasks", NOTE, text, self._background, self._plan.cycles)
        return found + levelled(self._readings, growths)

    async def _more(self, runs: int, background: Counter[str] | None = None) -> None:
        """More runs. background: counts the tasks that outlive theirs."""
        seen = weakref.WeakSet(asyncio.all_tasks() if self._on_loop else ())
        for _ in range(runs):
            self._let_go(await self._run() if self._on_loop else _done(self._run()))
            if self._on_loop and background is not None:
                new = asyncio.all_tasks() - set(seen)
                seen.update(new)
                background.update(map(task_name, new))
        if self._on_loop:
            for _ in range(10):  # what only waits for its turn is not left over
                await asyncio.sleep(0)
        self._runs += runs

    def _let_go(self, result: Any) -> None:
        if self._watch:
            many = isinstance(result, Iterable) and not isinstance(result, (str, bytes))
            self._survivors.watch(result if many else [result])


def find_leak(
    run: Callable[[], object],
    iterations: int = 500,
    watch: bool = False,
    plan: Plan | None = None,
) -> Report:
    """Whether calling `run`, a `def` or `async def`, again and again holds on to something.

    All runs of an `async def` are on one fresh event loop. The first fifth warms up and is not
    judged; 40 readings follow, then a look at reference cycles, and if something grows a look at
    what it is. watch: `run` returns objects (one, or an iterable of them) that must be gone once
    they are let go. plan: instead of the usual one of `iterations` runs. Bounded caches
    (functools.lru_cache) that were filling are emptied, to see what grows without them.
    Raises what `run` raises; ValueError for fewer than 10 iterations; TypeError for a `def` that
    returns what must be awaited. Traces that a program keeps of its own (tracemalloc) are lost.
    """
    return _Study(run, plan or Plan.of(iterations), watch).report()
