"""One core kept busy, for measuring beside a noisy neighbour."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

# Ends with its parent, however that ended, and at its own deadline in any case.
_SPIN = """
import os, sys, time
if hasattr(os, "sched_setaffinity"):  # one core, the same one throughout
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
parent, end = int(sys.argv[1]), time.monotonic() + float(sys.argv[2])
while os.getppid() == parent and time.monotonic() < end:
    for _ in range(200_000):
        pass
"""


@contextlib.contextmanager
def core(busy: bool, seconds: float) -> Iterator[None]:
    """Keep one core busy inside the block, if `busy`, for at most so many seconds."""
    if not busy:
        yield
        return
    child = subprocess.Popen(
        [sys.executable, "-c", _SPIN, str(os.getpid()), str(seconds)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        child.kill()
        child.wait()
