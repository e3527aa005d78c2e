"""Measures a function step by step: a call is one step, a coroutine or generator many.

Between two steps a coroutine does not run, others do. Measured by the step, what tasks and
generators take never mixes, however they take turns: within a thread, steps are nested like
calls. A meter hears `enter` when a call begins, `begin` and `end` around each step, and `leave`.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Generator
from contextlib import aclosing
from typing import Any, Protocol


class Meter(Protocol):
    """What is told of each call of one function; `call` is what `enter` returned for it."""

    def enter(self) -> Any: ...

    def begin(self, call: Any) -> None: ...

    def end(self, call: Any) -> None: ...

    def leave(self, call: Any, failed: bool) -> None: ...


def metered(function: Callable[..., Any], meter: Meter) -> Callable[..., Any]:
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
        call = meter.enter()
        failed = True
        meter.begin(call)
        try:
            result = function(*args, **kwargs)
            failed = False
            return result
        finally:
            meter.end(call)
            meter.leave(call, failed)

    return wrapper


def _generator(function: Callable[..., Any], meter: Meter) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return (yield from _call(function(*args, **kwargs), meter))

    return wrapper


def _coroutine(function: Callable[..., Any], meter: Meter) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return await _awaited(function(*args, **kwargs), meter)

    return wrapper


def _async_generator(function: Callable[..., Any], meter: Meter) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = meter.enter()
        failed = True
        try:
            async with aclosing(function(*args, **kwargs)) as source:
                step = source.__anext__()
                while True:
                    try:
                        item = await _stepped(step, meter, call)
                    except StopAsyncIteration:
                        break
                    try:
                        step = source.asend((yield item))
                    except GeneratorExit:
                        raise
                    except BaseException as error:
                        step = source.athrow(error)
            failed = False
        except GeneratorExit:  # the reader has had enough
            failed = False
            raise
        finally:
            meter.leave(call, failed)

    return wrapper


@types.coroutine
def _awaited(coroutine: Any, meter: Meter) -> Generator[Any, Any, Any]:
    return (yield from _call(coroutine, meter))


@types.coroutine
def _stepped(awaitable: Any, meter: Meter, call: Any) -> Generator[Any, Any, Any]:
    return (yield from _drive(awaitable.__await__(), meter, call))


def _call(source: Any, meter: Meter) -> Generator[Any, Any, Any]:
    """One whole call of a generator or coroutine."""
    call = meter.enter()
    failed = True
    try:
        result = yield from _drive(source, meter, call)
        failed = False
        return result
    except GeneratorExit:
        failed = False
        raise
    finally:
        meter.leave(call, failed)


def _drive(source: Any, meter: Meter, call: Any) -> Generator[Any, Any, Any]:
    """`yield from source` (PEP 380), each step of it told to the meter."""
    resume: Callable[[], Any] = lambda: source.send(None)  # noqa: E731
    while True:
        meter.begin(call)
        try:
            item = resume()
        except StopIteration as stop:
            return stop.value
        finally:
            meter.end(call)
        try:
            received = yield item
        except GeneratorExit:
            source.close()
            raise
        except BaseException as error:
            resume = functools.partial(source.throw, error)
        else:
            resume = functools.partial(source.send, received)
