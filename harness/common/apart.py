"""A function in a process of its own, in any environment that has psutil and what it needs."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

# The search path is extended at its end, so that nothing of ours hides a framework's module.
_BOOT = "import sys; sys.path += sys.argv[1:-3]; from harness.common.apart import main; main()"


def call(module: str, order: dict[str, object], python: str, timeout: float) -> dict[str, Any]:
    """What `perform(**order)` of `module` returns there, or {"error": reason}.

    Adapters are found in the working folder and in PYTHONPATH, as they are here.
    """
    env = dict(os.environ)
    places = [str(Path(__file__).resolve().parents[2]), os.getcwd()]
    places += env.pop("PYTHONPATH", "").split(os.pathsep)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        arguments = [*filter(None, places), str(report), module, json.dumps(order)]
        try:
            done = subprocess.run(
                [python, "-c", _BOOT, *arguments],
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout,
                cwd=folder,
            )
        except subprocess.TimeoutExpired:
            return {"error": f"no report within {timeout:.0f} s"}
        if not report.exists():
            last = (done.stderr.strip().splitlines() or ["no output"])[-1]
            return {"error": f"the process ended with status {done.returncode}: {last}"}
        told: dict[str, Any] = json.loads(report.read_text())
        return told


def main() -> None:
    """The child: raise the limit of descriptors, perform, write, and leave at once."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65536)), hard))
    report, module, order = sys.argv[-3:]
    told = importlib.import_module(module).perform(**json.loads(order))
    Path(report).write_text(json.dumps(told))
    # Threads that a framework left running must not keep this process.
    os._exit(0)


def interpreter(given: str | None) -> str:
    """The interpreter to use; ValueError if there is no such file."""
    if given is None:
        return sys.executable
    if not os.access(given, os.X_OK) or os.path.isdir(given):
        raise ValueError(f"no Python interpreter {given}")
    return os.path.abspath(given)
