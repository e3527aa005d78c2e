"""Functions to put under load from the command line."""

import asyncio
import functools
import time
from concurrent.futures import ThreadPoolExecutor


async def quick(request):
    await asyncio.sleep(0.002)


async def slow(request):
    await asyncio.sleep(0.2)


async def blocking(request):
    time.sleep(0.004)


async def failing(request):
    await asyncio.sleep(0.001)
    if request % 4 == 0:
        raise ConnectionResetError("dropped")


def plain(request):
    time.sleep(0.002)


def retry(function):
    """As libraries write a decorator: a plain def that returns the coroutine."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


decorated = retry(quick)


@retry
async def decorated_failing(request):
    raise RuntimeError("every request fails")


shortened = lambda request: quick(request)  # noqa: E731 - the kind is meant


async def nested(request):
    return quick(request)


pool = functools.cache(ThreadPoolExecutor)


def submitted(request):
    return pool().submit(plain, request)


def generator(request):
    yield plain(request)


async def stream(request):
    yield await quick(request)


async def unsupported(request):
    raise NotImplementedError("it cannot do that")


not_a_function = 7
