"""Functions to put under load from the command line."""

import asyncio
import time


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


async def unsupported(request):
    raise NotImplementedError("it cannot do that")


not_a_function = 7
