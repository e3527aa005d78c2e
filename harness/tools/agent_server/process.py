"""A served agent as a process of its own, which ends with the one that started it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import harness

START = 60.0
"""Seconds after which a server that has not started is given up."""

_ADDRESS = re.compile(r"answers POST (http://\S+)/run")
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Served:
    """A running server."""

    url: str
    pid: int

    def stats(self) -> dict[str, Any]:
        """What it did since it started or was cleared; see `tally.Tally.document`."""
        return self._ask("GET")

    def clear(self) -> dict[str, Any]:
        """Start to count anew."""
        return self._ask("DELETE")

    def _ask(self, method: str) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.url}/stats", method=method)
        with _DIRECT.open(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@contextlib.contextmanager
def served(*arguments: str, python: str = sys.executable) -> Iterator[Served]:
    """Serve with the arguments of `serve-agent`, and end it after.

    Raises ValueError, one line, if it does not start.
    """
    # The same harness as here, whatever that Python has installed.
    path = [
        str(Path(harness.__file__).parents[1]),
        *os.environ.get("PYTHONPATH", "").split(os.pathsep),
    ]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, path))}
    command = [python, "-m", "harness", "serve-agent", "--with-parent", *arguments]
    # A file, not a pipe: a framework may print more than a pipe holds.
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=output, stderr=output, env=environment
        )
        try:
            yield Served(_address(process, output.fileno()), process.pid)
        finally:
            _stop(process)


def _address(process: subprocess.Popen[bytes], output: int) -> str:
    give_up = time.monotonic() + START
    while True:
        ended = process.poll() is not None  # asked first, so that nothing printed is missed
        text = os.pread(output, 1 << 16, 0).decode(errors="replace")
        if found := _ADDRESS.search(text):
            return found[1]
        if ended:
            last = (text.strip().splitlines() or ["no output"])[-1]
            raise ValueError(f"the agent server ended at once: {last.removeprefix('harness: ')}")
        if time.monotonic() > give_up:
            raise ValueError(f"the agent server did not start within {START:g} s")
        time.sleep(0.01)


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(OSError):  # it may have ended already
        process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
