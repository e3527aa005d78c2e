"""What the tests of `load --soak` share: its arguments, its minutes, and calls that drift."""

import asyncio
import os
import threading
import time

from harness.cli import main as cli
from harness.tools.load.soak import folder

KEPT = []
"""What `drifting` keeps: descriptors and memory."""


def given(path, *options):
    """The arguments of a soak in a folder."""
    words = ["--soak-in", str(path), *options]
    made = cli.parser("harness", "load").parse_args(["load", *words])
    made.duration = made.soak
    return made


def minutes(path):
    """The minutes in a folder, each of which adds up and follows the one before."""
    found, flying = list(folder.read(path)), 0
    assert [each["minute"] for each in found] == list(range(1, len(found) + 1))
    for each in found:
        ended = each["ok"] + sum(each["errors"].values())
        assert each["carried"] == flying
        assert each["carried"] + each["sent"] == ended + each["in_flight"]
        flying = each["in_flight"]
        assert flying == 0 or each["state"] == "whole"
    assert flying == 0
    return found


async def clean(request):
    """A call of 20 ms; one of ten fails."""
    await asyncio.sleep(0.02)
    if request % 10 == 0:
        raise ConnectionResetError("dropped")


async def drifting(request):
    """The same, slower from request to request; each fiftieth keeps something."""
    if request % 50 == 0:
        KEPT.append((os.open(os.devnull, os.O_RDONLY), bytearray(200_000)))
        waits = threading.Thread(target=ending.wait, daemon=True)
        waits.start()
    await clean(request)
    await asyncio.sleep(request * 2e-6)


ending = threading.Event()


def forget():
    """Let go of what `drifting` kept."""
    ending.set()
    while KEPT:
        os.close(KEPT.pop()[0])
    ending.clear()


def written(request):
    """A call that writes its request's number to a file, whole or not at all."""
    with open(os.environ["SOAK_JOURNAL"], "ab", buffering=0) as file:
        file.write(f"{request}\n".encode())
    time.sleep(0.01)
