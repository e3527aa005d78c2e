"""Takes a profile: a fresh process for each kind, so that none sees the traces of another.

The interpreter may be that of an environment that has the framework and nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import harness
from harness.instruments.profilers.document import FORMAT, VERSION, Document, Row, packages, section
from harness.instruments.profilers.errors import ProfileError
from harness.tools.profiling import advice

TIMEOUT = 900.0
"""Seconds for one kind."""

# The search path is extended at its end, so that nothing of ours hides a framework's module.
_BOOT = (
    "import sys; sys.path += sys.argv[1:-1];"
    " from harness.tools.profiling.worker import main; main()"
)


@dataclass(frozen=True)
class Request:
    """What to profile. interpreter: path of a Python that has the framework.

    function: the one that `lines` looks at; empty: the one that holds most memory, or the
    slowest where memory was not profiled.
    """

    runtime: str = "floor"
    scenario: str = "reply"
    entry: str = "threads"
    runs: int = 100
    interpreter: str = sys.executable
    function: str = ""


def take(
    request: Request, kinds: Sequence[str], progress: Callable[[str], None] = lambda text: None
) -> Document:
    """A profile of these kinds of KINDS; ProfileError if a run fails or cannot be made at all."""
    document: Document = {"format": FORMAT, "version": VERSION}
    asked = [kind for kind in ("cpu", "sampling", "memory", "memray", "lines") if kind in kinds]
    for kind in ("time", *asked):
        progress(kind)
        function = request.function
        if kind == "lines" and not function:
            function = _interesting(document)
        report = _worker(request, kind, function)
        if "error" in report:
            raise ProfileError(f"a run failed, so there is no profile: {report['error']}")
        if kind == "time":
            if "not_available" in report:
                raise ProfileError(f"n/a: {report['not_available']}")
            document["about"] = report["about"] | {
                "scenario": request.scenario,
                "entry": request.entry,
                "runs": request.runs,
            }
        document[kind] = report.get("section") or {"not_available": report["not_available"]}
    if cpu := section(document, "cpu"):
        cpu["packages"] = packages(cpu["functions"])
    document["recommendations"] = advice.recommend(document)
    return document


def _interesting(document: Document) -> str:
    """The function that holds most memory, else the slowest, that is no library's."""
    memory, cpu = section(document, "memory"), section(document, "cpu")
    rows: list[Row] = []
    if memory:
        rows += memory["growing_sites"] + memory["peak_sites"]
    if cpu:
        rows += cpu["functions"]
    for row in rows:
        if row["group"] in ("framework", "other") and not row["function"].startswith("<"):
            return str(row["function"])
    raise ProfileError("give --function, or profile cpu or memory with it, to say which function")


def _worker(request: Request, kind: str, function: str) -> Row:
    """The report of one process."""
    interpreter = shutil.which(request.interpreter)
    if interpreter is None:
        raise ProfileError(f"{request.interpreter} is not a program")
    env = dict(os.environ, PYTHONHASHSEED="0")
    if interpreter != sys.executable:
        env.pop("PYTHONPATH", None)  # what is on it was not installed for that interpreter
    places = [str(Path(harness.__file__).resolve().parent.parent), os.getcwd()]
    places += filter(None, [os.environ.get("ASV_CONF_DIR")])
    order = {
        "kind": kind,
        "runtime": request.runtime,
        "scenario": request.scenario,
        "entry": request.entry,
        "runs": request.runs,
        "function": function,
    }
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        try:
            done = subprocess.run(
                [os.path.abspath(interpreter), "-P", "-c", _BOOT, *places, str(report)],
                input=json.dumps(order),
                env=env,
                cwd=folder,
                text=True,
                capture_output=True,
                timeout=TIMEOUT,
            )
        except OSError as error:
            raise ProfileError(f"{interpreter}: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            raise ProfileError(f"{kind}: no end after {TIMEOUT:.0f} s; give fewer --runs") from None
        if not report.exists():
            last = (done.stderr.strip().splitlines() or ["no output"])[-1]
            raise ProfileError(f"{kind}: the process ended with {done.returncode}: {last}")
        result: Row = json.loads(report.read_text(encoding="utf-8"))
        return result
