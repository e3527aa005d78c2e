"""What runs in a child of `children`: perform the order, report, end with the parent.

It imports next to nothing: what it imports, the measured program finds loaded.
"""

import _thread
import importlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import GeneratorType

GRACE = 10.0
"""Seconds that a child may take to end after it was asked to."""

LAST = 30.0
"""Seconds that a child may take to end after its parent has died."""

OPEN_FILES = 65536
"""Open files that a child may have, where the system allows it."""

MARK = "AGENT_BENCHMARKS_PROCESS"
"""The variable that names the folder of each process of ours above another: see `family`."""

_reports: int | None = None  # their descriptor
_on_stop: Callable[[], object] | None = None
_orphan = False
_parent = 0  # that it began with


def marked(environment: Mapping[str, str], folder: str) -> str:
    """The value of MARK for a process with this environment that gets this folder."""
    return os.pathsep.join(filter(None, (environment.get(MARK), folder)))


def tell(report: object) -> None:
    """Send a report now, for functions that cannot be generators."""
    _send("report", report)


def on_stop(callback: Callable[[], object]) -> None:
    """Call this, in another thread, when this process is asked to end or its parent has died.

    The function should then return soon. Without a callback the process ends at once.
    """
    global _on_stop
    _on_stop = callback


def own() -> dict[str, int]:
    """Threads and descriptors of this process that are the launcher's, not the program's."""
    here = _reports is not None
    return {"threads": int(here), "descriptors": 2 * here}  # the reports and the lifeline


def main(folder: str) -> None:
    """Perform, report, and leave at once."""
    global _reports, _orphan, _parent
    _parent = os.getppid()
    # No process that the function starts shall hold the lifeline, or wait for input.
    lifeline = os.dup(0)
    os.dup2(nothing := os.open(os.devnull, os.O_RDONLY), 0)
    os.close(nothing)
    del sys.argv[1:]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, OPEN_FILES)), hard))
    # Only now has Popen let go of its own descriptors, which nobody should count.
    _orphan = not os.read(lifeline, 1)
    if _orphan:
        _leave(folder)
    _reports = os.open(os.path.join(folder, "reports"), os.O_WRONLY | os.O_APPEND)
    # Not a threading.Thread: the measured program must not see it among its own.
    _thread.start_new_thread(_follow, (lifeline, folder))
    try:
        with open(os.path.join(folder, "order"), encoding="utf-8") as file:
            function, order = json.load(file)
        module, _, name = function.partition(":")
        result = getattr(importlib.import_module(module), name)(**order)
        for report in result if isinstance(result, GeneratorType) else (result,):
            tell(report)
    except NotImplementedError as reason:
        _send("not implemented", " ".join(str(reason).split()) or "not implemented")
    except BaseException as error:  # some frameworks let a GeneratorExit or a cancellation out
        _send("failed", f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": "))
    # Threads that a framework left running must not keep this process.
    _leave(folder)


def _send(kind: str, value: object) -> None:
    assert _reports is not None, "not in a child"
    line = memoryview(json.dumps([kind, value]).encode() + b"\n")
    while line:
        line = line[os.write(_reports, line) :]


def _follow(lifeline: int, folder: str) -> None:
    """End when the parent asks for it, with a byte, or has died."""
    global _orphan
    _orphan = not os.read(lifeline, 1)
    if _on_stop is not None:
        with suppress(Exception):  # it may come too late
            _on_stop()
            time.sleep(LAST if _orphan else GRACE)
    _leave(folder)


def _leave(folder: str) -> None:
    if _orphan or os.getppid() != _parent:  # nobody else tidies up
        import shutil

        with suppress(ImportError):  # an interpreter without psutil
            from harness.common import family

            family.end(folder)
        shutil.rmtree(folder, ignore_errors=True)
        os.killpg(0, signal.SIGKILL)
    os._exit(0)
