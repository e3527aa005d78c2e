"""Who samples: a thread of the measured process, or a process of its own.

A process costs the measured one nothing but its start and one descriptor. It ends when it is asked
to, or when the measured process has.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from typing import Any

from harness.common import child
from harness.common.children import Child
from harness.instruments.resources.readers import OURS, Ended
from harness.instruments.resources.recording import Recording, Tell, record
from harness.instruments.resources.tree import Tree

START = 60.0
"""Seconds within which a monitor of its own process has started, and has ended."""


class ThreadSampler:
    """Records in a thread of this process."""

    def __init__(
        self, pid: int, interval: float, descendants: bool, whole: bool, tell: Tell | None
    ) -> None:
        self._recording = Recording(pid, interval, "thread")
        self._tell = tell
        begin = time.thread_time()
        self._tree = Tree(pid, interval, descendants, whole)
        self._recording.cost = time.thread_time() - begin
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="harness monitor", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        OURS[os.getpid(), "threads"] += 1
        try:
            record(self._tree, self._recording, self._stop, self._tell)
        except BaseException as error:  # a recording that lacks its end must not pass for one
            self._error = error
        OURS[os.getpid(), "threads"] -= 1
        self._recording.cost += time.thread_time()

    def ended(self, timeout: float | None) -> bool:
        """Wait until the watched process has ended; whether it has."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def stop(self) -> Recording:
        """The recording, after a last sample."""
        self._stop.set()
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._recording


class ProcessSampler:
    """Records in a child process; ready when made."""

    def __init__(self, pid: int, interval: float, descendants: bool, whole: bool) -> None:
        ours = {name: OURS[pid, name] for name in ("threads", "descriptors")}
        if pid == os.getpid():
            ours["descriptors"] += Child.DESCRIPTORS
        order = {"pid": pid, "interval": interval, "descendants": descendants, "whole": whole}
        self._child = Child(f"{__name__}:sample", order | {"ours": ours})
        try:
            if reason := self._child.read(START):
                raise Ended(reason)
        except BaseException:
            self._child.close()
            raise

    def ended(self, timeout: float | None) -> bool:
        return self._child.wait(timeout)

    def stop(self) -> Recording:
        with self._child:
            self._child.stop(START)
            return Recording.from_dict(self._child.read(START))


def sample(
    pid: int, interval: float, descendants: bool, whole: bool, ours: dict[str, int]
) -> Iterator[Any]:
    """In a child: why there is nothing to watch, or "" and in the end the recording."""
    OURS.update({(pid, name): count for name, count in ours.items()})
    stop = threading.Event()
    child.on_stop(stop.set)
    begin = time.process_time()
    try:
        tree = Tree(pid, interval, descendants, whole, without=frozenset((os.getpid(),)))
    except Ended as reason:
        yield str(reason)
        return
    yield ""
    recording = Recording(pid, interval, "process")
    record(tree, recording, stop, None)
    recording.cost = time.process_time() - begin
    yield recording.as_dict()
