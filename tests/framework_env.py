"""Real releases of frameworks in environments of their own, as the targets' configurations say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from places import ROOT

from harness.history import spec

CONFIGS = [
    path
    for path in (ROOT / "asv.conf.json", *sorted((ROOT / "targets").glob("*.json")))
    if "harness" in json.loads(path.read_text())
]
"""Targets of releases; the "harness" object pins one for the tests of the adapter."""


@dataclass(frozen=True)
class Pinned:
    """A release that the tests use. section: the "harness" object of the configuration."""

    runtime: str
    requirements: list[str]
    section: dict[str, Any]

    def install(self, folder: Path) -> Path:
        """The interpreter of a new environment with the release and the dependencies of its day."""
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "-q", "--python", sys.executable, str(folder)], check=True)
        python = folder / "bin" / "python"
        wanted = [*self.requirements, "psutil", "--exclude-newer", self.section["as_of"]]
        subprocess.run([*uv, "pip", "install", "-q", "--python", str(python), *wanted], check=True)
        return python


def pinned(config: Path) -> Pinned:
    """What a target's configuration pins for tests."""
    document = json.loads(config.read_text())
    (runtime,) = document["matrix"]["env_nobuild"]["AGENT_RUNTIME"]
    section = document["harness"]
    return Pinned(
        runtime, spec.parse(document["repo"]).requirements(section["release"]).split(), section
    )


PINNED = {each.runtime: each for each in map(pinned, CONFIGS)}


def run(python: Path | str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python with our path, its output captured; it must end well."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    done = subprocess.run(
        [str(python), *arguments],
        env={**os.environ, "PYTHONPATH": path, "HARNESS_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done
