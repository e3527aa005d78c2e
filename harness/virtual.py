"""Measures on a virtual clock: waiting is exact and takes no time, CPU costs nothing.

What is left is structure: a lost overlap, a barrier, a hidden limit, a tail that somebody
sleeps. The same run gives the same figures to the last digit. Only asyncio code that waits on
timers can be seen this way; what waits for threads or sockets is not measured. `entry` is
always "asyncio"; it keeps these cells in processes apart from those of synchronous runs.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from harness import dag as dags
from harness import drivers, schedules
from harness.measures import Figures, check_outputs, check_requests, model_of, tails
from harness.model import Model
from harness.runtimes.base import Agent, Runtime
from harness.script import Script

T = TypeVar("T")


# By name: they are the virtual clock's own, which may not be installed.
_REFUSALS = ("SleepForeverError", "SolipsismError")


class _Threads(Exception):
    """Work was handed to a thread."""


def _loop_class() -> Any:
    """The virtual event loop, watching for threads: they would seem to take no time."""
    try:
        import async_solipsism
    except ImportError:
        raise NotImplementedError("async-solipsism is not installed here") from None

    class Loop(async_solipsism.EventLoop):  # type: ignore[misc]
        threads = False

        async def run_in_executor(self, *args: Any) -> Any:
            self.threads = True
            return await super().run_in_executor(*args)

    return Loop


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a fresh virtual event loop.

    Raises NotImplementedError if the coroutine waits for what no virtual clock can see, or
    the virtual clock is not installed.
    """
    with contextlib.closing(main), _only_timers():
        with asyncio.Runner(loop_factory=_loop_class()) as runner:
            result = runner.run(main)
            if runner.get_loop().threads:  # type: ignore[attr-defined]
                raise _Threads
        return result


@contextlib.contextmanager
def _only_timers() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if isinstance(error, _Threads | TimeoutError) or type(error).__name__ in _REFUSALS:
            reason = "it waits for threads or sockets, which a virtual clock does not move"
            raise NotImplementedError(reason) from error
        raise


async def _batch(
    agent: Agent, script: Script, count: int, due: list[float] | None = None
) -> drivers.Batch:
    clock = asyncio.get_running_loop().time
    return (await drivers.aconcurrent(agent, script, range(count), due, clock)).ensure_ok()


def virtual_arrivals(runtime: Runtime, entry: str, shape: str, latency: float) -> Figures:
    """Added latency (p50, p95, p99), seconds, under a standard load shape."""
    model = model_of(latency)
    due = schedules.SHAPES[shape]
    batch = run(_batch(runtime.agent(model), model.script, len(due), due))
    check_requests(model, len(due))
    # To the microsecond, which is how finely the virtual clock ticks.
    return {name: round(value, 6) + 0.0 for name, value in tails(batch).items()}


def virtual_at_once(runtime: Runtime, entry: str, count: int, latency: float) -> Figures:
    """End of the last of `count` requests that came at once, over the latency of one."""
    model = model_of(latency)
    batch = run(_batch(runtime.agent(model), model.script, count))
    check_requests(model, count)
    return {"over_one": round(batch.wall / latency, 6)}


def virtual_makespan(runtime: Runtime, entry: str, shape: str, latency: float) -> Figures:
    """Makespan of a workflow over its critical path."""
    dag = dags.shape(shape, latency)
    model = Model(dag.script())
    workflow = runtime.workflow(dag, model)

    async def timed() -> tuple[float, dict[str, str]]:
        clock = asyncio.get_running_loop().time
        begin = clock()
        outputs = await workflow.arun()
        return clock() - begin, outputs

    took, outputs = run(timed())
    check_outputs(outputs, dag)
    check_requests(model, len(dag.steps))
    return {"over_critical_path": round(took / dag.ideal_makespan, 6)}


VIRTUAL = (virtual_arrivals, virtual_at_once, virtual_makespan)
