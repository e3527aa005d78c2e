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
from harness.instruments.leaks.caches import WITHOUT, Caches, in_words, replaced
from harness.instruments.leaks.forgotten import Forgotten
from harness.instruments.leaks.names import task_name, trace_anew
from harness.instruments.leaks.readings import (
    GROWS,
    HELD,
    LEVEL,
    Growth,
    Readings,
    sources,
)
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

USUAL = 500
"""Runs of a study, if nothing else is asked for."""

ENOUGH = 250
"""Runs from which what grows is not watched on."""

BREAKING, TOO_MANY = ("threads", "descriptors"), 400
"""Of what a process may break if a study goes on when there are so many more than at first."""


@dataclass(frozen=True)
class Plan:
    """How runs are used: warm-up, `readings` blocks of `step` runs, then two close looks.

    Without cycles it is a quick one, which ends as soon as nothing can be growing. more: further
    blocks, for the case that something grows in few runs, as a cache does whose limit is near.
    """

    warm: int
    readings: int
    step: int
    cycles: int
    explain: int
    more: int = 0

    @staticmethod
    def of(iterations: int) -> Plan:
        """The plan for so many runs; ValueError for fewer than 10."""
        if iterations < 10:
            raise ValueError(f"a leak needs 10 iterations or more to show, not {iterations}")
        few, explain = max(2, iterations // 25), max(3, iterations // 8)
        measured = iterations - iterations // 5 - few - explain
        readings = min(READINGS, measured)
        step = measured // readings
        warm = iterations - few - explain - readings * step
        more = min(3 * readings, max(0, ENOUGH - iterations) // step)
        return Plan(warm, readings, step, few, explain, more)


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
        self._readings = self._series(plan.readings + plan.more)
        self._background: Counter[str] = Counter()
        self._runs = 0

    def _series(self, count: int) -> Readings:
        return Readings(count, self._plan.step, sources(self._survivors.__len__))

    def report(self) -> Report:
        """Make the study."""
        return asyncio.run(self._report()) if self._on_loop else without_loop(self._report())

    async def _report(self) -> Report:
        made: tuple[str, ...] = ()
        caches = Caches() if self._plan.cycles else None
        if self._on_loop:
            asyncio.get_running_loop().set_exception_handler(self._forgotten.complaint)
        # Traced from the first run on: the end of something older would not be noticed, so a
        # cache that is full would seem to grow.
        with self._forgotten.listening(), traced():
            with only_new():
                await self._measure(caches)
                growths, found = self._readings.judged(), list[Finding]()
                if caches:
                    growths, found = await self._doubted(growths, caches)
                    made = await self._cycles()
            if any(growth.kind == GROWS for growth in growths.values()):
                found += await self._explain(growths)
        found += self._noted(growths, made)
        return Report(decide(found, growths), self._runs, found, growths)

    async def _measure(self, caches: Caches | None) -> None:
        await self._more(self._plan.warm)
        if caches:
            caches.remember()
        await self._read(self._readings, self._plan.readings)

    async def _read(self, readings: Readings, count: int, emptied: Iterable[Any] = ()) -> None:
        """So many readings more. emptied: caches that are, before each."""
        for _ in range(count):
            await self._more(self._plan.step)
            for cache in emptied:
                cache.cache_clear()
            readings.take()
            enough = not self._plan.cycles and readings.settled()
            if enough or any(readings.rise(each) > TOO_MANY for each in BREAKING):
                return

    async def _doubted(
        self, growths: dict[str, Growth], caches: Caches
    ) -> tuple[dict[str, Growth], list[Finding]]:
        """What grows once it has been doubted, and the caches that were emptied for that.

        Growth that caches may hold is watched on: without what is in those that rose, if any did;
        else, in a study of few runs, as it is.
        """
        rising = {name for name, growth in growths.items() if growth.kind == GROWS} - {"rss"}
        if not rising or not rising.issubset(HELD):
            return growths, []
        if not (risen := caches.risen()):
            await self._read(self._readings, self._plan.more)
            return self._readings.judged(), []
        text = "bounded caches that were filling: they grow, and will stop"
        note = Finding("caches", NOTE, text, in_words(risen))
        without = self._series(self._plan.readings)
        await self._read(without, self._plan.readings, risen)
        return replaced(growths, without.judged()), [note]

    async def _cycles(self) -> tuple[str, ...]:
        trace_anew()
        with garbage() as found:
            await self._more(self._plan.cycles, self._background)
        made = cycles(found, self._plan.cycles)
        found.clear()
        return made

    async def _explain(self, growths: dict[str, Growth]) -> list[Finding]:
        """What grows; in a quick look, which has no runs to doubt it, a series that rises only as
        a bounded cache fills is level from now on."""
        from harness.instruments.leaks.explain import explain  # most studies find nothing

        evidence, level = await explain(self._more, self._plan.explain, self._survivors)
        for name in () if self._plan.cycles else level:
            if growths[name].kind == GROWS:
                growths[name] = dataclasses.replace(
                    growths[name], kind=LEVEL, reason=WITHOUT[LEVEL]
                )
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
    iterations: int = USUAL,
    watch: bool = False,
    plan: Plan | None = None,
) -> Report:
    """Whether calling `run`, a `def` or `async def`, again and again holds on to something.

    All runs of an `async def` are on one fresh event loop. The first fifth warms up and is not
    judged; 40 readings follow, then a look at reference cycles, and if something grows a look at
    what it is. Growth that a cache may hold is doubted first, by more runs than `iterations`: as
    many readings again without what bounded caches (functools.lru_cache) hold, if they rose, which
    empties them; else up to three times as many, while they are fewer than 250. watch: `run`
    returns objects (one, or an iterable of them) that must be gone once they are let go. plan:
    instead of the usual one of `iterations` runs.
    Raises what `run` raises; ValueError for fewer than 10 iterations; TypeError for a `def` that
    returns what must be awaited. Traces that a program keeps of its own (tracemalloc) are lost.
    """
    return _Study(run, plan or Plan.of(iterations), watch).report()
