"""The monitor in a process of its own: what it costs is not in the measured one's figures.

The child samples until its standard input ends, which it also does when the measured process
dies. The measured process holds one descriptor for it, the other end of that input.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from harness.instruments.resources.readers import OURS, Ended
from harness.instruments.resources.recording import Recording, Stop, record
from harness.instruments.resources.tree import Tree

_BOOT = (
    "import sys; sys.path.append(sys.argv[1]);"
    " from harness.instruments.resources.apart import main; main()"
)
_ROOT = str(Path(__file__).resolve().parents[3])


class Apart:
    """Records in a child process; ready when made."""

    def __init__(self, pid: int, interval: float, children: bool, whole: bool) -> None:
        # Files, not pipes: when the watched process ends by itself, nobody reads yet; and a
        # measured process that watches itself should hold as few descriptors as can be.
        self._folder = tempfile.TemporaryDirectory()
        self._recording = Path(self._folder.name, "recording")
        order = json.dumps([self._folder.name, pid, interval, children, whole])
        self._child = subprocess.Popen(
            [sys.executable, "-c", _BOOT, _ROOT, order], stdin=subprocess.PIPE
        )
        # Only now has Popen closed its own pipe, which the first sample must not count.
        assert self._child.stdin is not None
        self._child.stdin.write(b"\n")
        self._child.stdin.flush()
        ready = Path(self._folder.name, "ready")
        while not ready.exists():
            if self._child.poll() is not None:
                self._close()
                raise Ended(f"no process {pid}, or none that can be watched")
            time.sleep(0.005)

    def _close(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.wait()

    def ended(self, timeout: float | None) -> bool:
        try:
            self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> Recording:
        self._close()
        with self._folder:
            result = pickle.loads(self._recording.read_bytes())
        assert isinstance(result, Recording)
        return result


def main() -> None:
    """The child: sample as the last argument says."""
    folder, pid, interval, children, whole = json.loads(sys.argv[-1])
    if pid == os.getppid():
        OURS[pid, "descriptors"] = 1  # the other end of our input
    os.read(0, 1)
    try:
        tree = Tree(pid, interval, children, whole, without=frozenset((os.getpid(),)))
    except Ended:
        return
    Path(folder, "ready").touch()
    stop = Stop()
    threading.Thread(target=_wait_for_end, args=(stop, pid), daemon=True).start()
    recording = Recording(pid, interval, "process")
    begin = time.process_time()
    record(tree, recording, stop)
    recording.cost = time.process_time() - begin
    with contextlib.suppress(FileNotFoundError):  # the measured process has died
        Path(folder, "recording").write_bytes(pickle.dumps(recording))


def _wait_for_end(stop: Stop, pid: int) -> None:
    os.read(0, 1)  # nothing more is written: it returns when the other end is closed
    OURS.pop((pid, "descriptors"), None)  # it is closed there
    stop.set()
