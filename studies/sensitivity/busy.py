"""One core kept busy, for measuring beside a noisy neighbour."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator

from harness.common.children import Child


def spin(seconds: float) -> None:
    """In a child: use one core, the same one throughout."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in range(200_000):
            pass


@contextlib.contextmanager
def core(busy: bool, seconds: float) -> Iterator[None]:
    """Keep one core busy inside the block, if `busy`, for at most so many seconds."""
    with Child(f"{__name__}:spin", {"seconds": seconds}) if busy else contextlib.nullcontext():
        yield
