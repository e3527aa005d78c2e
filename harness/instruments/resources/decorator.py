"""The monitor as a decorator of functions."""

import contextlib
import functools
import sys
from collections.abc import Callable
from typing import Any, TypeVar, overload

from harness.common.numbers import quantity
from harness.instruments.profilers.meters import check, metered
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
    """Monitor each call of a function or method of any kind; what it returns is left alone.

    report: gets the monitor after each call, also after one that raised (default: one line on
    standard error). options: those of Monitor. TypeError for what is no function or method.
    """
    if function is None:
        return functools.partial(monitored, report=report, **options)
    check(function)

    def tell(monitor: Monitor) -> None:
        print(f"{function.__qualname__}: {_line(monitor.summary)}", file=sys.stderr)

    def begin() -> _Watched:
        monitor, call = Monitor(**options).__enter__(), _Watched()
        call.callback(report or tell, monitor)
        call.push(monitor)
        return call

    return metered(function, begin)


class _Watched(contextlib.ExitStack):
    """A call that is monitored from its begin to its end, between its steps, too."""

    def step(self, run: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return run(*args, **kwargs)


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
