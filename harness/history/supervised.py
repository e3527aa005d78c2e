"""The processes in which asv runs benchmarks: what they may use, and what is left of them.

asv waits for whoever holds the output of a process, reads all of it, gives up only who is silent,
and ends a process but not what that has started. Here each has its time, its memory and so much
output, and all that it has started ends with it. A hang or crash is not tried once more in the
rounds to come.
"""

import contextlib
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from asv import util

from harness.common import child, family

POLL = 0.05


def run(run: Any, spawner: Any, *args: Any, **options: Any) -> tuple[str, int]:
    """One benchmark in a process of its own: what it printed, and how it ended."""
    with mock.patch.object(util, "check_output", _check_output):
        return _once(run, spawner, *args, **options)


def forked(run: Any, server: Any, *args: Any, **options: Any) -> tuple[str, int]:
    """One benchmark in a fork of asv's server, which looks after its time; as `run`."""

    def watched(server: Any, **options: Any) -> tuple[str, int]:
        with _watched(server.server_proc.pid) as reasons:
            out, code = run(server, **options)
        if reasons:
            return f"{out.rstrip()}\n{reasons[0]}\n", -signal.SIGKILL
        return _with_signal(out, code), code

    return _once(watched, server, *args, **options)


def _once(run: Any, spawner: Any, *, name: str, **options: Any) -> tuple[str, int]:
    given_up = vars(spawner).setdefault("given_up", {})
    if name not in given_up:
        out, code = run(spawner, name=name, **options)
        if code >= 0:
            return out, code
        given_up[name] = out, code
    found: tuple[str, int] = given_up[name]
    return found


def setup_cache(create: Any, spawner: Any, *args: Any) -> Any:
    """What `setup_cache` of a benchmark file does, in a process of its own."""
    with mock.patch.object(util, "check_output", _check_output):
        return create(spawner, *args)


@contextlib.contextmanager
def _watched(server: int) -> Iterator[list[str]]:
    """Look after the forks of a process; why they were ended comes into the list."""
    reasons: list[str] = []
    ended = threading.Event()
    folder = str(tempfile.tempdir)  # of this run: see `guard`
    watch = family.Watch(server, None, family.memory())

    def follow() -> None:
        while not (reasons or ended.wait(family.LOOK)):
            if reason := watch.look():
                reasons.append(reason)
                family.end(folder, server, but=(server,))

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield reasons
    finally:
        ended.set()
        thread.join()
        family.end(folder, but=(server,))


def _check_output(
    args: list[str], *, timeout: float, env: dict[str, str], cwd: str, **_: Any
) -> tuple[str, str, int]:
    """In the place of asv's own: a process, its output in a file; bounded, and nothing is left."""
    folder = tempfile.mkdtemp()
    output = Path(folder, "output")
    env = env | {child.MARK: child.marked(env, folder)}
    begin, reason, late = time.monotonic(), "", False
    with output.open("ab") as file:
        process = subprocess.Popen(
            args, stdout=file, stderr=file, env=env, cwd=cwd, start_new_session=True
        )
    try:
        watch = family.Watch(process.pid, output, family.memory())
        while process.poll() is None and not (reason or late):
            now = time.monotonic()
            reason, late = watch.look(), now - begin > timeout
            time.sleep(min(POLL, max(0.001, (now - begin) / 50)))
    finally:
        family.end(folder, process.pid if process.returncode is None else None)
        code = process.wait()
    text = family.tail(output)
    util.long_path_rmtree(folder, True)
    if reason:
        return f"{text.rstrip()}\n{reason}\n", "", -signal.SIGKILL
    if late:
        return (
            f"{text.rstrip()}\nended: it took more than {timeout:g} s\n",
            "",
            util.TIMEOUT_RETCODE,
        )
    return _with_signal(text, code), "", code


def _with_signal(text: str, code: int) -> str:
    if code >= 0 or code == util.TIMEOUT_RETCODE:
        return text
    return f"{text.rstrip()}\nthe process {family.how(code)}\n"
