"""What is made once for all test processes."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def once(base: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder of this run of the tests, filled by whoever wants it first; nobody changes it."""
    shared = base.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    root = shared / name
    with open(shared / f"{name}.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.fstat(lock.fileno()).st_size:
            root.mkdir()
            make(root)
            lock.write("made")
    return root
