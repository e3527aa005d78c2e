"""Coroutines on a virtual clock: waiting is exact and takes no time, CPU costs nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

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
