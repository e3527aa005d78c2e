"""Write the planted regressions: a git repository, and an asv project that measures it.

The history is one line: a clean base, then for each defect a commit that plants it on the
clean code and a harmless commit that takes it out again and changes something irrelevant.
Tags name them: `base`, `TAG` and `TAG-clean`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.cli import target
from harness.common import files
from harness.history import install
from studies.planted import harmless
from studies.planted import install as installer
from studies.planted.defects import DEFECTS, Defect

PACKAGE = "plantedagents"
SOURCE = Path(__file__).parent / PACKAGE
CONFIG = "planted.json"
BRANCH = "main"
AUTHOR = "planted <planted@agent-benchmarks.invalid>"
FIRST = 1_735_732_800  # 2025-01-01 12:00 UTC; one commit a day
DAY = 86_400


@dataclass(frozen=True)
class Planted:
    """What was written. repository: bare; config: asv's; commits: hash by tag, oldest first."""

    repository: Path
    config: Path
    commits: dict[str, str]


def plant(directory: Path, seed: int = 0) -> Planted:
    """Write repository and asv project below `directory`; the same seed gives the same hashes.

    Raises RuntimeError when git fails.
    """
    directory.mkdir(parents=True, exist_ok=True)
    repository = directory / "repository.git"
    if not repository.exists():
        _git(["init", "--quiet", "--bare", "--template=", str(repository)])
        _git(["symbolic-ref", "HEAD", f"refs/heads/{BRANCH}"], repository)
    _git(["fast-import", "--quiet", "--force", "--done"], repository, _stream(seed))
    config = directory / CONFIG
    files.write(config, configuration(config, repository))
    return Planted(repository, config, _tags(repository))


def sources(folder: Path = SOURCE) -> dict[str, str]:
    """The package in a folder, the clean one by default: text by file name."""
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.py"))}


def spoiled(defect: Defect) -> dict[str, str]:
    """The package with a defect; RuntimeError if its patch does not fit."""
    with tempfile.TemporaryDirectory() as folder:
        package = shutil.copytree(SOURCE, Path(folder, PACKAGE))
        _git(["apply", str(defect.patch)], Path(folder))
        return sources(package)


def versions(seed: int = 0) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Tag, message and package of every commit, oldest first."""
    clean = sources()
    yield "base", "Start the package", clean
    for defect, (change, word) in zip(DEFECTS, harmless.changes(len(DEFECTS), seed), strict=True):
        yield defect.tag, f"Plant {defect.what}: {defect.size}", spoiled(defect)
        yield f"{defect.tag}-clean", f"Take out {defect.tag}", change(clean, word)


def configuration(config: Path, repository: Path) -> str:
    """asv's configuration: that of any target, but for what is installed; paths are beside it."""
    runtime = "studies.planted.adapter:PlantedRuntime"
    title, repo = "Planted regressions", str(repository.resolve())
    settings = json.loads(target.text(config, "planted", title, repo, runtime))
    pins = (requirement.partition("==") for requirement in install.SUPPORT)
    settings["matrix"]["req"] = {f"pip+{name}": [version] for name, _, version in pins}
    settings["install_command"] = [f"python {Path(installer.__file__).resolve()} {{build_dir}}"]
    settings |= {"env_dir": "env", "results_dir": "results", "html_dir": "html"}
    return json.dumps(settings, indent=4) + "\n"


def _stream(seed: int) -> bytes:
    """The whole repository in the format of `git fast-import`."""
    parts = []
    for day, (tag, message, package) in enumerate(versions(seed)):
        who = f"{AUTHOR} {FIRST + day * DAY} +0000"
        parts += [f"commit refs/heads/{BRANCH}\n", f"author {who}\ncommitter {who}\n"]
        parts.append(_data(f"{message}\n"))
        if not day:
            parts.append("deleteall\n")
        for file, text in package.items():
            parts += [f"M 100644 inline {PACKAGE}/{file}\n", _data(text)]
        parts.append(f"reset refs/tags/{tag}\nfrom refs/heads/{BRANCH}\n\n")
    return "".join([f"reset refs/heads/{BRANCH}\n\n", *parts, "done\n"]).encode()


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"


def _tags(repository: Path) -> dict[str, str]:
    listing = _git(
        ["for-each-ref", "--format=%(objectname) %(refname:strip=2)", "refs/tags"], repository
    )
    hashes = {tag: commit for commit, tag in (line.split() for line in listing.splitlines())}
    order = ["base", *(tag for d in DEFECTS for tag in (d.tag, f"{d.tag}-clean"))]
    return {tag: hashes[tag] for tag in order}


def _git(arguments: list[str], cwd: Path | None = None, stdin: bytes = b"") -> str:
    """Run git apart from the user's configuration and from a repository around `cwd`."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    env |= {"GIT_CEILING_DIRECTORIES": str(cwd.resolve().parent)} if cwd else {}
    done = subprocess.run(["git", *arguments], cwd=cwd, env=env, input=stdin, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"git {arguments[0]} failed: {done.stderr.decode().strip()}")
    return done.stdout.decode()
