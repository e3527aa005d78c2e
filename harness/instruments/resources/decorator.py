"""The monitor as a decorator of functions."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, overload

from harness.common.numbers import quantity
from harness.instruments.resources.monitor import Monitor

Function = TypeVar("Function", bound=Callable[..., Any])

Report = Callable[[Monitor], object]


@overload
def monitored(function: Function, /) -> Function: ...
@overload
def monitored(
    *, report: Report | None = None, **options: Any
) -> Callable[[Function], Function]: ...
def monitored(function: Any = None, /, *, report: Report | None = None, **options: Any) -> Any:
    """Monitor each call of a function, `def` or `async def`; what it returns is left alone.

    report: gets the monitor after each call, also after one that raised (default: one line on
    standard error). options: those of Monitor. TypeError for what cannot be called.
    """
    if function is None:
        return functools.partial(monitored, report=report, **options)
    if not callable(function):
        raise TypeError(f"functions and methods can be monitored, not {function!r}")

    def tell(monitor: Monitor) -> None:
        print(f"{function.__qualname__}: {_line(monitor.summary)}", file=sys.stderr)

    @contextlib.contextmanager
    def watched() -> Iterator[None]:
        monitor = Monitor(**options).__enter__()
        with contextlib.ExitStack() as stack:
            stack.callback(report or tell, monitor)
            stack.push(monitor)
            yield

    if not inspect.iscoroutinefunction(function):
        return watched()(function)

    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        with watched():
            return await function(*args, **kwargs)

    return call


def _line(summary: dict[str, Any]) -> str:
    """The figures most asked for."""
    cpu, rss = summary["cpu"], summary["rss"] or {}
    return (
        f"{quantity(summary['seconds'], 'seconds')}, CPU {quantity(cpu['seconds'], 'seconds')}"
        f" (mean {quantity(cpu['mean_percent'], 'percent')},"
        f" peak {quantity(cpu['peak_percent'], 'percent')}),"
        f" RSS {quantity(rss.get('peak'), 'bytes')} peak,"
        f" {quantity(rss.get('last', 0) - rss.get('first', 0), 'bytes')} kept"
    )
