"""The model server as a process of its own, started and read with the standard library alone.

It is used inside measured processes, whose environments have no aiohttp: the server runs on
another Python, the one named by HARNESS_PYTHON (our asv plugin sets it to the one that runs asv).
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import harness
from harness.model_server import settings as written
from harness.model_server.faults import Faults
from harness.model_server.settings import Settings
from harness.workload.script import Script

START = 60.0
"""Seconds after which a server that has not started is given up."""

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ModelServer:
    """An OpenAI-compatible server that answers `script`, in its own process.

        with ModelServer(Script(latency=Constant(0.05)), faults={"rate_limit": 0.01}) as server:
            client = AsyncOpenAI(base_url=server.url, api_key="any")

    faults: a `Faults`, or just its `kinds`; slots, reject, pauses: as in `Settings`.
    python: the interpreter to run it on (default: HARNESS_PYTHON, or this one).
    Raises NotImplementedError with the reason if it cannot start.
    """

    def __init__(
        self,
        script: Script,
        faults: Faults | Mapping[str, float | Collection[int]] | None = None,
        *,
        slots: int | None = None,
        reject: bool = False,
        pauses: tuple[tuple[float, float], ...] = (),
        python: str | None = None,
    ) -> None:
        if not isinstance(faults, Faults):
            faults = Faults(faults or {})
        settings = Settings(script, faults, slots, reject, pauses)
        self._python = python or os.environ.get("HARNESS_PYTHON") or sys.executable
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report")
            self._process = self._start(report)
            try:
                self._port = self._wait(report, written.to_json(settings))
            except BaseException:
                self.stop()
                raise

    def _start(self, report: Path) -> subprocess.Popen[bytes]:
        # The same harness as here, whatever that Python has installed.
        environment = os.environ | {"PYTHONPATH": str(Path(harness.__file__).parents[1])}
        try:
            return subprocess.Popen(
                [self._python, "-m", __package__, str(report)],
                stdin=subprocess.PIPE,
                # A child that holds asv's output open would keep asv from ending.
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise NotImplementedError(
                f"the model server cannot run on {self._python}: {reason}"
            ) from None

    def _wait(self, report: Path, settings: dict[str, object]) -> int:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # if it ended at once, that is told below
            self._process.stdin.write(json.dumps(settings).encode() + b"\n")
            self._process.stdin.flush()
        give_up = time.monotonic() + START
        while not report.exists():
            if self._process.poll() is not None and not report.exists():
                status = self._process.returncode
                raise NotImplementedError(
                    f"the model server ended at once on {self._python} (exit status {status})"
                )
            if time.monotonic() > give_up:
                raise NotImplementedError(f"the model server did not start within {START:g} s")
            time.sleep(0.005)
        found = json.loads(report.read_text())
        if "error" in found:
            raise NotImplementedError(f"{found['error']}: {self._python}; set HARNESS_PYTHON")
        return int(found["port"])

    @property
    def url(self) -> str:
        """Base URL for OpenAI clients; any API key will do."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def pid(self) -> int:
        """Its process, for instance to leave it out of a measurement."""
        return self._process.pid

    def journal(self) -> dict[str, Any]:
        """What it did since it started or was cleared; see `journal.Journal.document`."""
        found: dict[str, Any] = json.loads(self._ask("GET"))
        return found

    def clear(self) -> None:
        """Empty the journal; attempts, slots and pauses start anew."""
        self._ask("DELETE")

    def _ask(self, method: str) -> bytes:
        where = f"http://127.0.0.1:{self._port}/journal"
        with _DIRECT.open(urllib.request.Request(where, method=method), timeout=60) as answer:
            body: bytes = answer.read()
        return body

    def stop(self) -> None:
        """End the process; a second call does nothing."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it may have ended already
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> ModelServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
