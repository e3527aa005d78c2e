"""A tiny asv project over the releases of a generated package, run as a user would run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from local_index import LocalIndex

import harness
from harness.cli.target import RUNNER

INSTALL = Path(harness.__file__).parent / "history" / "install.py"

BENCHMARKS = """
import sys

import tinyagent
import tinydep


def track_cost():
    return tinyagent.COST


def track_dependency():
    return tinydep.NUMBER


def time_run():
    tinyagent.run()


class Tools:
    params = [0, 1]
    param_names = ["tools"]

    def setup(self, tools):
        if tools and not hasattr(tinyagent, "TOOLS"):
            print("n/a: this release has no tools", file=sys.stderr)
            raise NotImplementedError

    def track_tools(self, tools):
        return tools
"""

CODE = "COST = {cost}\n\n\ndef run():\n    return sum(range(100))\n"

# version, upload, cost, yanked; COST rises with 0.3.0
RELEASES = [
    ("0.1.0", "2025-01-01T12:00:00Z", 1, False),
    ("0.2.0", "2025-02-01T12:00:00Z", 1, False),
    ("0.2.1", "2025-02-02T12:00:00Z", 9, True),
    ("0.3.0", "2025-03-01T12:00:00Z", 3, False),
    ("0.4.0rc1", "2025-03-20T12:00:00Z", 9, False),
    ("0.4.0", "2025-04-01T12:00:00Z", 3, False),
]


def fill(index: LocalIndex) -> None:
    """Put the generated packages into the index."""
    for version, uploaded, cost, yanked in RELEASES:
        code = CODE.format(cost=cost)
        index.add("tinyagent", version, uploaded, code, requires=("tinydep",), yanked=yanked)
    # Uploaded an hour after 0.2.0 of its dependant: companions are allowed to be a little late.
    index.add("tinydep", "1.0", "2025-01-01T00:00:00Z", "NUMBER = 1\n")
    index.add("tinydep", "2.0", "2025-02-01T13:00:00Z", "NUMBER = 2\n")
    index.add("tinydep", "3.0", "2025-12-01T00:00:00Z", "NUMBER = 3\n")
    index.add("tinybroken", "1.0", "2025-01-01T00:00:00Z", requires=("tinyagent", "tinydep"))
    index.add("tinybroken", "1.1", "2025-02-02T00:00:00Z", requires=("tinydep==99",))


@dataclass
class Project:
    """An asv project directory. env: what its asv commands run with."""

    root: Path
    env: dict[str, str]

    @property
    def index(self) -> str:
        """The index from which the measured releases came, which may be gone."""
        return (self.root / "index").read_text()

    def configure(self, name: str = "asv.conf.json", **changes: object) -> str:
        """Write a configuration and give its name."""
        install = "python " + str(INSTALL) + " {build_dir} {env_dir}"
        configuration: dict[str, object] = {
            "version": 1,
            "project": "tinyagent",
            "repo": "pypi:tinyagent",
            "branches": ["main"],
            "environment_type": "virtualenv",
            "matrix": {"req": RUNNER},
            "plugins": [".harness.history.plugin"],
            "build_command": [],
            "install_command": [install],
            "uninstall_command": [],
        }
        (self.root / name).write_text(json.dumps(configuration | changes))
        return name

    def asv(self, *arguments: str, expect: int = 0, traceback: bool = False, **env: str) -> str:
        """What an asv command prints; its exit status must be the expected one.

        traceback: a traceback may be shown, that of a benchmark which failed.
        """
        done = subprocess.run(
            [sys.executable, "-m", "asv", *arguments],
            cwd=self.root,
            env=self.env | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == expect, done.stdout
        shown = "Traceback (most recent call last)" in done.stdout
        assert traceback or expect == 1 or not shown, done.stdout
        return done.stdout

    def results(self, folder: str = "results") -> dict[str, Path]:
        """Results files by the version that they measured."""
        tags = self.tags()
        paths = (self.root / folder / "box").glob("*-*.json")
        return {tags[json.loads(path.read_text())["commit_hash"]]: path for path in paths}

    def tags(self, package: str = "tinyagent") -> dict[str, str]:
        """Tag by commit of a package's release history."""
        listing = subprocess.run(
            ["git", "for-each-ref", "--format=%(objectname) %(refname:strip=2)", "refs/tags"],
            cwd=Path(self.env["AGENT_BENCHMARKS_CACHE"]) / "history" / package,
            capture_output=True,
            text=True,
            check=True,
        )
        return dict(line.split() for line in listing.stdout.splitlines())

    def forget_freshness(self, package: str) -> None:
        """Let the kept release list look a day old."""
        path = Path(self.env["AGENT_BENCHMARKS_CACHE"]) / "releases" / f"{package}.json"
        os.utime(path, times=(0, path.stat().st_mtime - 86400))


def environment(root: Path, index: LocalIndex) -> dict[str, str]:
    """What the commands of a project in `root` run with."""
    env = dict(os.environ)
    env |= {"HOME": str(root / "home"), "AGENT_BENCHMARKS_CACHE": str(root / "cache")}
    # virtualenv would look for newer pips in the background, for each home anew.
    env |= {"VIRTUALENV_NO_PERIODIC_UPDATE": "1"}
    env |= {"UV_INDEX": f"{index.url} {env.get('UV_INDEX', '')}".strip()}
    local = f"127.0.0.1,{env.get('NO_PROXY', env.get('no_proxy', ''))}".rstrip(",")
    env |= {"NO_PROXY": local, "no_proxy": local}
    return env


def make(root: Path, index: LocalIndex) -> Project:
    """A project whose package comes from the index, and everything else from the user's own."""
    home = root / "home"
    home.mkdir()
    for kept in (".config/pip", ".config/uv", ".pip", ".netrc"):  # the user's index settings
        if (Path.home() / kept).exists():
            (home / kept).parent.mkdir(exist_ok=True)
            (home / kept).symlink_to(Path.home() / kept)
    benchmarks = root / "benchmarks"
    benchmarks.mkdir()
    (benchmarks / "__init__.py").write_text("")
    (benchmarks / "tiny.py").write_text(BENCHMARKS)
    project = Project(root, environment(root, index))
    (root / "index").write_text(project.env["UV_INDEX"])
    project.configure()
    machine = {"arch": "x", "cpu": "y", "machine": "box", "num_cpu": "2", "os": "o", "ram": "1"}
    options = [part for key, value in machine.items() for part in (f"--{key}", value)]
    project.asv("machine", *options)
    return project
