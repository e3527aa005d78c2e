"""The planted project as the study runs it: plain asv commands, results in a folder a block."""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.check.rows import rows
from harness.cli.target import CHECKOUT
from harness.common import files
from harness.common.children import ChildFailed, call
from harness.results.figures import FAILED, VALUE
from harness.results.target import opened
from studies.planted.generator import Planted

RUNTIME = "studies.planted.adapter:PlantedRuntime"
SHORT = "planted"
SOME_FAILED = 2  # asv's exit status when benchmarks failed, as with some defects they must


class StudyError(RuntimeError):
    """A command of the study ended in a way that says nothing about the planted code."""


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    status: int
    output: str


def command(arguments: Sequence[str], env: Mapping[str, str], timeout: float) -> Done:
    """Run a Python module of this interpreter; its whole family ends with it.

    Raises StudyError after `timeout` seconds.
    """
    module, *words = arguments
    order = {"module": module, "arguments": words}
    try:
        found = call(f"{__name__}:run_module", order, limit=timeout, env=env, cwd=CHECKOUT)
    except ChildFailed as error:
        raise StudyError(f"{' '.join(arguments[:3])}: {error}") from None
    return Done(**found)


def run_module(module: str, arguments: list[str]) -> dict[str, object]:
    """In a child: what `python -m MODULE ARGUMENTS` ends with and prints."""
    sys.argv[1:] = arguments
    printed, status = io.StringIO(), 0
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    return {"status": status, "output": printed.getvalue()}


def shortened(label: str) -> str:
    """A benchmark's label with the runtime's short name."""
    return label.replace(f"'{RUNTIME}'", f"'{SHORT}'")


@dataclass(frozen=True)
class Project:
    """One asv config of the planted repository, with results of its own.

    bench: asv's patterns. processes: worker processes of a session; 0 leaves the default.
    counts_only: leave out what is timed.
    """

    planted: Planted
    name: str
    bench: tuple[str, ...] = ()
    processes: int = 0
    counts_only: bool = False

    @property
    def config(self) -> Path:
        """The config file; written when first asked for."""
        path = self.planted.config.with_name(f"{self.name}.json")
        if not path.exists():
            settings = json.loads(self.planted.config.read_text("utf-8"))
            settings |= {"results_dir": f"results/{self.name}", "html_dir": f"html/{self.name}"}
            files.write(path, json.dumps(settings, indent=4))
        return path

    @property
    def results(self) -> Path:
        """Where asv keeps the results."""
        return self.config.parent / "results" / self.name

    def asv(self, verb: str, *arguments: str, timeout: float = 3600) -> Done:
        """Run an asv command on this project."""
        env = {"HARNESS_COUNTS_ONLY": str(int(self.counts_only))}
        if self.processes:
            env["HARNESS_PROCESSES"] = str(self.processes)
        wanted = ["asv", verb, *arguments, "--config", str(self.config)]
        return command(wanted, env, timeout)

    def selection(self) -> list[str]:
        """The patterns as arguments."""
        return [part for pattern in self.bench for part in ("--bench", pattern)]

    def run(self, tag: str, timeout: float) -> None:
        """Plain `asv run` of one commit; raises StudyError when it did not measure."""
        done = self.asv("run", f"{tag}^!", *self.selection(), timeout=timeout)
        if done.status not in (0, SOME_FAILED) or not self._files(tag):
            last = (done.output.strip().splitlines() or ["no output"])[-1]
            raise StudyError(f"asv run {tag} ended with status {done.status}: {last}")

    def values(self, tag: str) -> dict[str, float | None]:
        """Value by label; None where it failed. Rows that are n/a are left out."""
        with opened(self.config) as target:
            (results,) = target.every()
        result = next(each for each in results if each.commit == self.planted.commits[tag])
        return {
            shortened(row.label): row.head.value if row.head.measured else None
            for row in rows(result, result)
            if row.head.state in (VALUE, FAILED)
        }

    def _files(self, tag: str) -> list[Path]:
        commit = self.planted.commits[tag]
        return sorted(self.results.glob(f"*/{commit[:8]}-*.json"))
