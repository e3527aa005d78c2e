"""Threads in turn: of those that could go on, one does, and always the same one (Linux).

How often a thread waits, and whether a pool starts one more, hangs on who is sooner: whoever
collects the result of a thread finds it there, or waits. So a thread that has waited lets all
others go on until they wait or end, before it goes on itself. Of several that could go on, the one
that was started first does; an event loop does last, when all that its turn may need is there.
"""

import functools
import itertools
import os
import queue
import selectors
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
Gate = queue.SimpleQueue

PAUSE, MOST = 0.0005, 1.0
"""Seconds that other threads get to go on; CPU seconds that they may take until all wait."""

_numbers = itertools.count()
_own = threading.local()
_ready: dict[tuple[bool, int, str], queue.SimpleQueue[None]] = {}
"""The threads that could go on, by their place in the order, each with the gate it waits at: one
that looked again and again would keep the interpreter from those that the first waits for."""
_restless: set[str] = set()
"""Those that took longer: nobody waits for them any more."""


def install() -> None:
    """Threads take turns from now on. Call it once, before there are others."""
    settle()
    os.register_at_fork(after_in_child=_ready.clear)
    threading.Thread.run = _before(threading.Thread.run)  # type: ignore[method-assign]
    threading.Condition.wait = _after(threading.Condition.wait)  # type: ignore[method-assign]
    join = _after(threading.Thread.join)
    threading.Thread.join = _before(join, last=True)  # type: ignore[method-assign]
    queue.SimpleQueue = _Queue  # type: ignore[misc]
    loops_wait()


def loops_wait() -> None:
    """In each turn, an event loop lets all other threads go on until they wait or end."""
    select = selectors.DefaultSelector.select
    selectors.DefaultSelector.select = _after(select, last=True)  # type: ignore[method-assign]


def _after(plain: Callable[..., T], last: bool = False) -> Callable[..., T]:
    @functools.wraps(plain)
    def wait(*args: Any, **options: Any) -> T:
        result = plain(*args, **options)
        settle(last)
        return result

    return wait


def _before(plain: Callable[..., T], last: bool = False) -> Callable[..., T]:
    @functools.wraps(plain)
    def run(*args: Any, **options: Any) -> T:
        settle(last)
        return plain(*args, **options)

    return run


class _Queue(queue.SimpleQueue[Any]):
    """What a pool's threads wait for; others wait for a Condition."""

    __slots__ = ()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        item = super().get(block, timeout)
        settle()
        return item


def settle(last: bool = False) -> None:
    """Returns when it is this thread's turn and all others wait, but for those that never do."""
    if not hasattr(_own, "number"):
        _own.number = next(_numbers)
    me = last, _own.number, str(threading.get_native_id())
    gate = _ready[me] = Gate()
    try:
        begin, before = _used_by_others(), dict[str, tuple[bool, bytes]]()
        while True:
            if min(_ready) != me:
                gate.get()
                begin, before = _used_by_others(), {}
            elif not (now := _others()) or (now == before and all(w for w, _ in now.values())):
                return
            elif _used_by_others() - begin > MOST:
                _restless.update(dict(now.items() - before.items()))
                return
            else:
                before = now
                time.sleep(PAUSE)
    finally:
        del _ready[me]
        if _ready:
            _ready[min(_ready)].put(None)


def _used_by_others() -> float:
    return time.process_time() - time.thread_time()


def _others() -> dict[str, tuple[bool, bytes]]:
    """Whether other threads wait, and how often they have, but for those that could go on.

    One that waits for the interpreter seems to wait, too. It gets it in the next pause.
    """
    left_out = _restless.union(thread for _, _, thread in list(_ready))
    threads = set(os.listdir("/proc/self/task")) - left_out
    return {thread: state for thread in threads if (state := _state(thread))}


def _state(thread: str) -> tuple[bool, bytes] | None:
    try:
        file = os.open(f"/proc/self/task/{thread}/status", os.O_RDONLY)
    except OSError:
        return None  # it has ended
    try:
        text = os.read(file, 4096)
    except OSError:
        return None
    finally:
        os.close(file)
    return text.partition(b"State:\t")[2][:1] not in b"RD", text[text.rfind(b"\nvoluntary_") :]
