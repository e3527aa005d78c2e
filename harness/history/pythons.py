"""The Pythons of a configuration, its `pythons`: one that is not there is left out, and why."""

import subprocess
import sys
from typing import Any

from asv.environment import EnvironmentUnavailable

OLDEST = (3, 11)  # that runs our half of a measurement
_WHICH = f"import sys; print(sys.version_info >= {OLDEST} and sys.executable)"


def find(find: Any, python: str) -> str:
    """The interpreter of a version: asv's, if it runs, else one that uv knows.

    A name on the path may be a shim of a version manager, with nothing behind it.
    """
    by_uv = [sys.executable, "-m", "uv", "python", "find", "--no-python-downloads", python]
    for found in (lambda: find(python), lambda: _output(by_uv)):
        if (path := found()) and (executable := _output([path, "-c", _WHICH])):
            if executable == "False":
                oldest = ".".join(map(str, OLDEST))
                raise EnvironmentUnavailable(f"Python {python} is left out: older than {oldest}")
            return executable
    raise EnvironmentUnavailable(f"Python {python} is left out: no python{python} runs here")


def _output(command: list[str]) -> str:
    """What a command prints; nothing if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
