"""Python processes of ours: start an interpreter, hand it an order, get its reports.

A child runs one function, named "package.module:function", with the order (JSON) as keyword
arguments. What the function returns is its report (JSON); of a generator, each item is one, sent
as it is made. A child is in a session of its own, so Ctrl-C is its parent's to handle; it dies
with its parent, even after kill -9; and all that it has started ends with it. While its reports
are waited for, it is ended if it holds too much memory or prints too much (`family`).
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from harness.common.child import GRACE, MARK, marked

WATCHED_AFTER = 0.25  # seconds
WORKS = 0.05  # of the time: who has had less of a processor waits for something
SPACE = 2**16  # bytes: less are none

# The same harness as here, whatever that interpreter has installed. Else the search path is
# extended at its end, so that nothing of ours hides a framework's module.
_BOOT = """
import sys
sys.path.insert(0, sys.argv[2])
import harness
sys.path[:] = sys.path[1:] + sys.argv[2:]
from harness.common.child import main
main(sys.argv[1])
"""


class ChildFailed(RuntimeError):
    """A child raised, ended without a report, or took too long; the message is one line."""


class NoReport(ChildFailed):
    """A child took too long."""


class Child:
    """A child process, from here until the end of its `with` block.

    python: its interpreter (default: this one). env: variables beside those of this process.
    hash_seed: PYTHONHASHSEED. cwd: its working folder (default: an empty one). Adapters are found
    beside the asv config, in this process's working folder, and in PYTHONPATH if the interpreter
    is this one (else it was not meant for it). workers: how many such children share the memory
    that one may hold. Raises ChildFailed if it cannot be started.
    """

    DESCRIPTORS = 1
    """Those of this process that a child costs it while it is watched by nobody."""

    def __init__(
        self,
        function: str,
        order: Mapping[str, object],
        *,
        python: str | None = None,
        env: Mapping[str, str] | None = None,
        hash_seed: int | None = None,
        cwd: str | os.PathLike[str] | None = None,
        workers: int = 1,
    ) -> None:
        python = python or sys.executable
        if os.sep in python:
            python = os.path.abspath(python)  # it is started in another folder
        environment = {**os.environ, **(env or {})}
        paths = environment.pop("PYTHONPATH", "").split(os.pathsep)
        if hash_seed is not None:
            environment["PYTHONHASHSEED"] = str(hash_seed)
        places = [str(Path(__file__).resolve().parents[2]), environment.get("ASV_CONF_DIR", "")]
        places += [os.getcwd(), *(paths if python == sys.executable else ())]
        # Files, not pipes: a process that the child leaves behind may hold a pipe open, and a
        # measured process that starts a child should hold as few descriptors as can be.
        self._read = 0
        self._closed = False
        self._workers = workers
        self._watch: Any = None
        self._begin, self._had = 0.0, (0.0, 0.0)
        try:
            self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        except OSError as error:
            raise ChildFailed(f"no folder for a process: {error.strerror}") from None
        environment[MARK] = marked(environment, self._folder.name)
        self._reports = Path(self._folder.name, "reports")
        self._output = Path(self._folder.name, "output")
        command = [python, "-P", "-c", _BOOT, self._folder.name]
        try:
            self._reports.touch()
            Path(self._folder.name, "order").write_text(json.dumps([function, order]), "utf-8")
            (work := Path(self._folder.name, "work")).mkdir()
            with self._output.open("wb") as output:
                self._process = subprocess.Popen(
                    command + [os.path.abspath(place) for place in places if place],
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=output,
                    bufsize=0,
                    env=environment,
                    cwd=cwd or work,
                    start_new_session=True,
                )
        except BaseException as error:  # Ctrl-C, too, leaves no folder
            self._folder.cleanup()
            if isinstance(error, OSError):
                raise ChildFailed(f"{error.filename or python}: {error.strerror}") from None
            raise
        self._send_byte()

    @property
    def pid(self) -> int:
        return self._process.pid

    def read(self, limit: float) -> Any:
        """Its next report, within `limit` seconds.

        Raises what `call` raises.
        """
        for report in self.reports(limit):
            return report
        raise ChildFailed(f"the process ended without a report: {self._last_line()}")

    def reports(self, limit: float) -> Iterator[Any]:
        """All its reports as they come, until it ends; `limit` seconds are for all of them.

        They are more on a busy machine, as long as it works and has had less CPU time than that.
        Raises what `call` raises, after every report that was made before.
        """
        begin = time.monotonic()
        give_up = begin + limit
        while True:
            status = self._process.poll()  # asked first, so that no report is missed
            if (line := self._line()) is not None:
                kind, value = line
                if kind == "failed":
                    raise ChildFailed(value)
                if kind == "not implemented":
                    raise NotImplementedError(value)
                yield value
                begin = time.monotonic()
            elif status is not None:
                if status:
                    raise ChildFailed(f"the process {_family().how(status)}: {self._last_line()}")
                return
            elif reason := self._look(begin):
                raise ChildFailed(reason)
            elif (now := time.monotonic()) > give_up:
                if not self._is_held_up(limit):
                    raise NoReport(f"no report within {limit:g} s")
                give_up = now + limit
            else:
                # Seldom enough not to disturb what is measured, and no great part of the whole.
                time.sleep(min(0.05, max(0.001, (now - begin) / 50)))

    def _line(self) -> list[Any] | None:
        if self._reports.stat().st_size <= self._read:
            return None
        with self._reports.open("rb") as file:
            file.seek(self._read)
            line = file.readline()
        if not line.endswith(b"\n"):
            return None
        self._read += len(line)
        parsed: list[Any] = json.loads(line)
        return parsed

    def _look(self, begin: float) -> str:
        """Why it must be ended; "" if it need not be. Who answers at once is not looked at."""
        if begin != self._begin and time.monotonic() > begin + WATCHED_AFTER:
            family = _family()
            self._begin, self._had = begin, (family.cpu_seconds(self.pid),) * 2
            if self._watch is None:
                self._watch = family.Watch(self.pid, self._output, family.memory(self._workers))
        return str(self._watch.look()) if self._watch else ""

    def _is_held_up(self, limit: float) -> bool:
        """Whether it works, and had less CPU time than so many seconds for this report."""
        first, last = self._had
        now: float = _family().cpu_seconds(self.pid)
        self._had = first, now
        return now - first < limit and now - last > WORKS * limit

    def _last_line(self) -> str:
        if lines := _family().tail(self._output).strip().splitlines():
            return str(lines[-1].strip())
        if shutil.disk_usage(self._folder.name).free < SPACE:
            return f"no space is left in {os.path.dirname(self._folder.name)}"
        return "no output"

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has ended, `timeout` seconds at most; whether it has."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return self._process.returncode is not None

    def stop(self, grace: float = GRACE) -> bool:
        """Ask it to end and wait `grace` seconds; whether it has. Its reports can still be read."""
        self._send_byte()
        return self.wait(grace)

    def close(self) -> None:
        """Kill it, and all that it has started; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        running = self._process.poll() is None  # else its number may be another's by now
        if not running:
            self._folder.cleanup()  # at once: who kills this process now leaves nothing
        _family().end(self._folder.name, self.pid if running else None)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._folder.cleanup()

    def _send_byte(self) -> None:
        """The first is to begin, the second to end: a fork of this process may hold the pipe."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # it may have ended
            self._process.stdin.write(b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _family() -> Any:
    """What needs psutil, which a measured program should not find loaded by us."""
    from harness.common import family

    return family


def call(function: str, order: Mapping[str, object], *, limit: float, **options: Any) -> Any:
    """The report of one function in a process of its own. options: those of `Child`.

    Raises NotImplementedError with the function's reason if it raised that, and ChildFailed if it
    raised anything else, ended without a report, or made none within `limit` seconds.
    """
    with Child(function, order, **options) as child:
        return child.read(limit)


def attempt(function: str, order: Mapping[str, object], *, limit: float, **options: Any) -> Any:
    """What `call` returns, or {"not_measured": reason} or {"error": reason} where it raises."""
    try:
        return call(function, order, limit=limit, **options)
    except NotImplementedError as reason:
        return {"not_measured": str(reason)}
    except ChildFailed as error:
        return {"error": str(error)}


def interpreter(given: str | None) -> str:
    """The path of an interpreter, by path or name (default: this one); ValueError if none."""
    if given is None:
        return sys.executable
    if (found := shutil.which(given)) is None:
        raise ValueError(f"no Python interpreter {given}")
    return os.path.abspath(found)
