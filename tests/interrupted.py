"""An asv run that is interrupted at a known moment: in the benchmark that a test names.

Each benchmark writes its name into a log, and one waits, for ever, while the file WAIT names it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from tiny_project import Project

BENCHMARKS = """
import os
import time
from pathlib import Path

HERE = Path({here!r})


def begin(name):
    with open(HERE / "log", "a") as log:
        log.write(name + "\\n")
    while (HERE / "wait").read_text() == name:
        time.sleep(0.01)


def track_first():
    begin("first")
    return 1


def track_second():
    begin("second")
    return 2


def track_without():
    begin("without")
    return float("nan")


class Cached:
    def setup_cache(self):
        cells = Path(os.environ["HARNESS_SIDECAR"], "cells")
        with open(cells, "a") as file:
            file.write("one more ")
        begin("cache")
        return cells.read_text().count("one more")

    def track_cells(self, cells):
        begin("cells")
        return cells


class Several:
    params = [1, 2]
    rounds = 2
    repeat = 1
    number = 1
    warmup_time = 0

    def time_rounds(self, n):
        begin(f"rounds {{n}}")
"""

LIMIT = 120.0  # seconds for what takes one; a test that waits longer has failed


def until(is_so: Callable[[], object], what: str | Callable[[], str]) -> None:
    """Wait for an event. what: said if it does not come."""
    give_up = time.monotonic() + LIMIT
    while not is_so():
        assert time.monotonic() < give_up, what if isinstance(what, str) else what()
        time.sleep(0.02)


@dataclass
class Interrupted:
    """A project whose benchmarks are those above."""

    project: Project

    def __post_init__(self) -> None:
        (folder := self.root / "waiting").mkdir()
        (folder / "__init__.py").touch()
        (folder / "one.py").write_text(BENCHMARKS.format(here=str(self.root)))
        self.project.configure(
            "waiting.json",
            repo="pypi:tinyagent?last=1",
            benchmark_dir="waiting",
            results_dir="kept",
            launch_method="forkserver",
        )
        # What the processes of a run have in their environment, so that they are found.
        self.temporary = tempfile.TemporaryDirectory()  # a short path, as sockets want it
        self.env = self.project.env | {"TMPDIR": self.temporary.name}
        self.wait("")

    @property
    def root(self) -> Path:
        """Its folder."""
        return self.project.root

    def wait(self, name: str) -> None:
        """Let the benchmark of this name wait, and no other."""
        (self.root / "wait").write_text(name)

    def log(self) -> list[str]:
        """The benchmarks that began, in order."""
        path = self.root / "log"
        return path.read_text().splitlines() if path.exists() else []

    def values(self) -> dict[str, object]:
        """What is saved, by benchmark."""
        paths = list((self.root / "kept" / "box").glob("*-*.json"))
        if not paths:
            return {}
        (path,) = paths
        rows = json.loads(path.read_text())["results"]
        return {name.rpartition("_")[2]: row[0] for name, row in rows.items()}

    def start(
        self, *options: str, skip: bool = True, releases: str = "v0.3.0^!"
    ) -> subprocess.Popen[str]:
        """`asv run` of one release, in the background."""
        command = [sys.executable, "-m", "asv", "run", releases, "--config", "waiting.json"]
        return subprocess.Popen(
            [*command, *["--skip-existing-successful"][: int(skip)], *options],
            cwd=self.root,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *options: str, expect: int = 0, **how: Any) -> str:
        """The same, to its end; what it prints."""
        process = self.start(*options, **how)
        output, _ = process.communicate(timeout=LIMIT)
        assert process.returncode == expect, output
        return output

    def interrupt(self, name: str, number: int = signal.SIGKILL, **how: Any) -> str:
        """Send asv this signal while a benchmark of this name runs; what it has printed.

        Nothing of the run may be left then.
        """
        before = self.log().count(name)
        self.wait(name)
        process = self.start(**how)
        until(lambda: self.log().count(name) > before or process.poll() is not None, name)
        assert process.poll() is None, process.communicate()[0]
        os.kill(process.pid, number)
        output, _ = process.communicate(timeout=LIMIT)
        assert process.returncode == (
            -signal.SIGKILL if number == signal.SIGKILL else -signal.SIGINT
        ), output
        until(lambda: not self.left(), "something is left")
        self.wait("")
        return output

    def left(self) -> list[object]:
        """Processes and temporary files that the runs have left."""
        found: list[object] = list(Path(self.temporary.name).iterdir())
        for process in psutil.process_iter():
            try:
                if process.environ().get("HOME") == self.env["HOME"]:
                    found.append(process)
            except psutil.Error:
                continue
        return found
