"""Python's memory between runs: what is garbage is let go, and what is left is counted."""

import contextlib
import gc
import sys
import tracemalloc
from collections.abc import Callable, Iterator

_forget_names: Callable[[], object] = (
    getattr(sys, "_clear_internal_caches", None)  # from Python 3.13 on
    or getattr(sys, "_clear_type_cache", None)
    or (lambda: None)
)


def settle() -> None:
    """Let go of what nobody holds: garbage, and the names in CPython's cache of look-ups.

    That cache has 4,096 places. Compiled code that makes a new string for each look-up of an
    attribute (pydantic-core, asyncio) fills them ever more slowly, so that a framework that keeps
    nothing seemed to keep 100 bytes per run at first, and 4 after a thousand runs.
    """
    for _ in range(3):  # what a finalizer lets go may be garbage again
        if not gc.collect():
            break
    _forget_names()


@contextlib.contextmanager
def only_new() -> Iterator[None]:
    """The garbage collector knows only what is made within the block.

    A program of 200,000 objects is otherwise gone through at every reading. One that has frozen
    objects of its own is left as it is: they cannot be distinguished afterwards.
    """
    if gc.get_freeze_count():
        yield
        return
    settle()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextlib.contextmanager
def traced(frames: int = 1) -> Iterator[None]:
    """Allocations are traced with so many calls each; traces of before are lost."""
    tracemalloc.stop()
    tracemalloc.start(frames)
    try:
        yield
    finally:
        tracemalloc.stop()


def live_bytes() -> int:
    """Bytes of Python's allocators that were allocated since tracing began and are live."""
    return tracemalloc.get_traced_memory()[0]


class PeakMeter:
    """Context manager around one run: appends to `peaks` its peak of live bytes over its start."""

    def __init__(self) -> None:
        self.peaks: list[int] = []
        self._start = 0

    def __enter__(self) -> None:
        tracemalloc.reset_peak()
        self._start = live_bytes()

    def __exit__(self, *raised: object) -> None:
        self.peaks.append(tracemalloc.get_traced_memory()[1] - self._start)
