"""What the children of tests/common/test_children.py do."""

import os
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
