"""Coroutines on a virtual clock: waiting is exact and takes no time, CPU costs nothing."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

# By name: they are the virtual clock's own, which may not be installed.
_REFUSALS = ("SleepForeverError", "SolipsismError")


class _Threads(Exception):
    """Work was handed to a thread."""


def _loop_class() -> Any:
    """The virtual event loop, watching for threads: they would seem to take no time.

    It counts its turns, and the times it woke up. at_turn: a turn, and what is then called.
    """
    try:
        import async_solipsism
    except ImportError:
        raise NotImplementedError("async-solipsism is not installed here") from None

    class Loop(async_solipsism.EventLoop):  # type: ignore[misc]
        threads = False
        turns = wakeups = 0
        at_turn: tuple[int, Callable[[], object]] = (-1, lambda: None)

        def _run_once(self) -> None:
            before = self.time()
            super()._run_once()
            self.wakeups += self.time() > before
            self.turns += 1
            if self.turns == self.at_turn[0]:
                self.at_turn[1]()

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


async def wakeups(seconds: float, most: int) -> int:
    """How often the running virtual loop wakes up while so many virtual seconds go by.

    A loop that turns `most` times never gets there, since somebody never sleeps: then it is `most`.
    """
    loop: Any = asyncio.get_running_loop()
    over, woken = loop.create_future(), loop.wakeups

    def end(reached: bool) -> None:
        if not over.done():
            over.set_result(reached)

    timer = loop.call_later(seconds, end, True)
    loop.at_turn = (loop.turns + most, lambda: end(False))
    reached = await over
    timer.cancel()
    return loop.wakeups - woken - 1 if reached else most  # without the end's own


@contextlib.contextmanager
def _only_timers() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if isinstance(error, _Threads | TimeoutError) or type(error).__name__ in _REFUSALS:
            reason = "it waits for threads or sockets, which a virtual clock does not move"
            raise NotImplementedError(reason) from error
        raise
