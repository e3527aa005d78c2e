"""One run at a time on the results of a machine, and nothing of it left when it has ended.

asv's fork server outlives a kill of asv, and asv's temporary folders stay. A process of ours that
sleeps beside asv ends and removes them: also after kill -9, on Linux and macOS, and without a
thread in what is measured. It knows them by the temporary folder with which they are marked.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from harness.common import child, family, files
from harness.common.children import Child
from harness.history.errors import stop

LOCK = "run.lock"
WIDTH = 120  # of the line about a lock
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ROOM = 2**20  # bytes of temporary files that a run has to have
START = 60.0  # seconds until it is watched
LOOK = 1.0  # seconds between two looks at whether asv is still there


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only run on the results, or on the environments, in this folder; one line and exit
    status 2 if there is one.

    The system lets go of the lock of a process that is gone, however it ended.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK
    while True:
        with path.open("a+", encoding="utf-8", errors="replace") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.seek(0)
                stop(_in_use(path, file.read()))
            with contextlib.suppress(FileNotFoundError):  # just removed by the one before
                if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                    command = " ".join([Path(sys.argv[0]).stem, *sys.argv[1:]])
                    since = f"{time.strftime('%d %b %H:%M')}"
                    try:
                        file.truncate(0)
                        print(os.getpid(), since, command, sep="\n", file=file, flush=True)
                        yield
                    finally:
                        path.unlink(missing_ok=True)
                    return


def _in_use(path: Path, text: str) -> str:
    pid, since, command, *_ = [*text.splitlines(), "?", "?", "?"]
    folder = os.path.relpath(path.parent)
    parts = f"{folder}: process {pid} (", f") measures since {since}; if it is gone, remove {LOCK}"
    room = max(12, WIDTH - sum(map(len, parts)))
    return (command if len(command) <= room else f"{command[: room - 3]}...").join(parts)


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Leave no process and no temporary file. SIGTERM and SIGHUP end the block as Ctrl-C does."""
    folder = os.path.join(tempfile.gettempdir(), f"asv-{os.urandom(4).hex()}")
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    asv = os.getpid()

    def interrupt(number: int, frame: object) -> None:
        if os.getpid() != asv:  # a worker of the pool that builds, which asv ends in this way
            os._exit(1)
        raise KeyboardInterrupt

    try:
        for number, handler in handlers.items():
            if handler != signal.SIG_IGN:  # as nohup wants it
                signal.signal(number, interrupt)
        with Child(f"{__name__}:watch", {"folder": folder, "parent": asv}) as watcher:
            try:
                watcher.read(START)
                os.mkdir(folder, 0o700)  # only now is there who removes it
                _has_room(folder)
                with (
                    mock.patch.object(tempfile, "tempdir", folder),
                    mock.patch.dict(os.environ, _inside(folder)),
                ):
                    yield
            finally:
                _ignore()
                watcher.stop()
    finally:
        _ignore()
        if os.path.isdir(folder):  # an interrupt came before the watcher was asked
            _clear(folder)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _ignore() -> None:
    """What interrupts a run comes too late for one that ends, and would end its clearing."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _has_room(folder: str) -> None:
    """Raise NotWritten where a run would fail for want of a temporary file."""
    files.write(room := Path(folder, "room"), bytes(ROOM))
    room.unlink()


def _inside(folder: str) -> dict[str, str]:
    return {"TMPDIR": folder, child.MARK: child.marked(os.environ, folder)}


def watch(folder: str, parent: int) -> None:
    """In a child: when asv has ended, end what is left of it and remove its temporary files."""
    ended = threading.Event()
    child.on_stop(ended.set)
    child.tell("watching")
    # A fork of asv may hold the lifeline of this process.
    while not ended.wait(LOOK) and os.getppid() == parent:
        pass
    _clear(folder)


def _clear(folder: str) -> None:
    """End what is marked with a temporary folder, and remove it."""
    family.end(folder)
    shutil.rmtree(folder, ignore_errors=True)
