"""What the children of tests/common/test_children.py do."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from harness.common import child


def back(**order):
    """The order itself."""
    return order


def surroundings():
    """Where it runs, and what it sees there."""
    return {
        "cwd": os.getcwd(),
        "path": sys.path,
        "argv": sys.argv,
        "group": os.getpgrp(),
        "pid": os.getpid(),
        "threads": threading.active_count(),
        "seed": os.environ.get("PYTHONHASHSEED"),
        "input": sys.stdin.read(),
    }


def raises(kind, text):
    """Raise a builtin exception."""
    raise getattr(__import__("builtins"), kind)(text)


def dies(status):
    """End at once, after a word on standard error."""
    print("out of luck", file=sys.stderr, flush=True)
    os._exit(status)


def counts(count, then="end"):
    """Numbers, one a report; then end, die or hang."""
    yield from range(count)
    if then == "die":
        os._exit(3)
    if then == "hang":
        time.sleep(600)


def leaves_a_process(seconds):
    """A grandchild that holds every descriptor it can get."""
    return subprocess.Popen(["sleep", str(seconds)], close_fds=False).pid


def leaves_a_thread(seconds):
    """A thread that a common interpreter would wait for."""
    threading.Thread(target=time.sleep, args=(seconds,)).start()
    return "done"


def serves():
    """Until it is asked to end; then says so."""
    end = threading.Event()
    child.on_stop(end.set)
    child.tell(os.getpid())
    end.wait()
    return "ended"


def serves_without_end(marker):
    """A server with a process of its own; what they are is in a file."""
    helper = subprocess.Popen(["sleep", "600"])
    Path(marker).write_text(f"{os.getpid()} {helper.pid}")
    child.tell("ready")
    time.sleep(600)


def daemons(ends):
    """Processes: one below it, one in a session of its own, one that has lost its parent."""
    started = [
        subprocess.Popen(["sleep", "600"]),
        subprocess.Popen(["sleep", "600"], start_new_session=True),
    ]
    reader, writer = os.pipe()
    if not os.fork():
        os.setsid()
        if daemon := os.fork():
            os.write(writer, str(daemon).encode())
            os._exit(0)
        time.sleep(600)
    os.wait()
    child.tell([int(os.read(reader, 100)), *(each.pid for each in started)])
    if not ends:
        time.sleep(600)


def ends_itself(number):
    """By a signal, after a word on standard error."""
    print("last words", file=sys.stderr, flush=True)
    os.kill(os.getpid(), number)


def hoards():
    """Memory, without end."""
    kept = []
    while True:
        kept.append(b"x" * 10_000_000)


def forks():
    """Processes, without end; no faster than a test can bear."""
    while os.fork():
        time.sleep(0.005)
    time.sleep(600)


def floods():
    """Prints, without end."""
    while True:
        os.write(1, b"a line of words\n" * 1000)


def blocks():
    """Waits in C, and lets no SIGTERM through."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child.tell("blocked")
    sleeps_in_c()


def sleeps_in_c():
    """Where no handler of a signal runs."""
    ctypes.CDLL(None).sleep(600)
