"""The monitor as a decorator of functions."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar, overload

from harness.common.numbers import quantity
from harness.instruments.resources.monitor import Monitor

P = ParamSpec("P")
R = TypeVar("R")

Report = Callable[[Monitor], object]


@overload
def monitored(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def monitored(
    *, report: Report | None = None, **options: Any
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def monitored(
    function: Callable[P, R] | None = None, /, *, report: Report | None = None, **options: Any
) -> Any:
    """Monitor each call of a function, `def` or `async def`; what it returns is left alone.

    report: gets the monitor after each call, also after one that raised (default: one line on
    standard error). options: those of Monitor.
    """
    if function is None:
        return functools.partial(_wrapped, report=report, options=options)
    return _wrapped(function, report, options)


def _wrapped(function: Callable[..., Any], report: Report | None, options: dict[str, Any]) -> Any:
    def tell(monitor: Monitor) -> None:
        if report is not None:
            report(monitor)
        else:
            print(f"{function.__qualname__}: {_line(monitor.summary)}", file=sys.stderr)

    @contextlib.contextmanager
    def watched() -> Iterator[None]:
        monitor = Monitor(**options).__enter__()
        with contextlib.ExitStack() as stack:
            stack.callback(tell, monitor)
            stack.push(monitor)
            yield

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def acall(*args: Any, **kwargs: Any) -> Any:
            with watched():
                return await function(*args, **kwargs)

        return acall

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with watched():
            return function(*args, **kwargs)

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
