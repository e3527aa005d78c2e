"""Measures a function step by step: a call is one step, a coroutine or generator many.

Between two steps a coroutine does not run, others do. Measured by the step, what tasks and
generators take never mixes, however they take turns: within a thread, steps are nested like
calls.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Generator
from contextlib import aclosing
from typing import Any

from harness.instruments.profilers.meters import Call, Meter


def metered(function: Any, meter: Meter) -> Any:
    """`function` of the same kind (plain, async, generator, async generator), told to `meter`."""
    if inspect.isasyncgenfunction(function):
        wrapper = _async_generator(function, meter)
    elif inspect.iscoroutinefunction(function):
        wrapper = _coroutine(function, meter)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(function, meter)
    else:
        wrapper = _plain(function, meter)
    return functools.wraps(function)(wrapper)


def _plain(function: Callable[..., Any], meter: Meter) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with meter.call() as call:
            return _step(lambda: function(*args, **kwargs), call)

    return wrapper


def _generator(function: Callable[..., Any], meter: Meter) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with meter.call() as call:
            return (yield from _drive(function(*args, **kwargs), call))

    return wrapper


def _coroutine(function: Callable[..., Any], meter: Meter) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with meter.call() as call:
            return await _drive(function(*args, **kwargs), call)

    return wrapper


def _async_generator(function: Callable[..., Any], meter: Meter) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with meter.call() as call:
            async with aclosing(function(*args, **kwargs)) as source:
                step = source.__anext__()
                while True:
                    try:
                        item = await _drive(step.__await__(), call)
                    except StopAsyncIteration:
                        break
                    try:
                        step = source.asend((yield item))
                    except GeneratorExit:  # the reader has had enough
                        raise
                    except BaseException as error:
                        step = source.athrow(error)

    return wrapper


@types.coroutine
def _drive(source: Any, call: Call) -> Generator[Any, Any, Any]:
    """`yield from source` (PEP 380), a generator or coroutine, each step of it told to the call."""
    resume: Callable[[], Any] = lambda: source.send(None)  # noqa: E731
    while True:
        try:
            item = _step(resume, call)
        except StopIteration as stop:
            return stop.value
        try:
            received = yield item
        except GeneratorExit:
            source.close()
            raise
        except BaseException as error:
            resume = functools.partial(source.throw, error)
        else:
            resume = functools.partial(source.send, received)


def _step(run: Callable[[], Any], call: Call) -> Any:
    call.begin()
    try:
        return run()
    finally:
        call.end()
