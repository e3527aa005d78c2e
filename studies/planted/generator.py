"""Write the planted regressions: a git repository, and an asv project that measures it.

The history is one line: a clean base, then for each defect a commit that plants it on the
clean code and a harmless commit that takes it out again and changes something irrelevant.
Tags name them: `base`, `TAG` and `TAG-clean`.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.cli import target
from harness.common import files
from harness.history import install
from harness.history.repository import Commit, git, write
from studies.planted import harmless
from studies.planted import install as installer
from studies.planted.defects import DEFECTS, Defect

PACKAGE = "plantedagents"
RUNTIME = "studies.planted.adapter:PlantedRuntime"
SOURCE = Path(__file__).parent / PACKAGE
CONFIG = "planted.json"
AUTHOR = "planted <planted@agent-benchmarks.invalid>"
FIRST = 1_735_732_800  # 2025-01-01 12:00 UTC; one commit a day
DAY = 86_400


@dataclass(frozen=True)
class Planted:
    """What was written. repository: bare; config: asv's; commits: hash by tag, oldest first."""

    repository: Path
    config: Path
    commits: dict[str, str]


def plant(directory: Path) -> Planted:
    """Write repository and asv project below `directory`; the hashes are always the same.

    Raises HistoryError when git fails.
    """
    directory.mkdir(parents=True, exist_ok=True)
    chain = [
        Commit(tag, message, AUTHOR, FIRST + day * DAY, package)
        for day, (tag, message, package) in enumerate(versions())
    ]
    repository, config = directory / "repository.git", directory / CONFIG
    commits = write(repository, chain, chain[-1].tag)
    files.write(config, configuration(config, repository))
    return Planted(repository, config, commits)


def sources(folder: Path = SOURCE) -> dict[str, str]:
    """The package in a folder, the clean one by default: text by path in the repository."""
    return {f"{PACKAGE}/{p.name}": p.read_text("utf-8") for p in sorted(folder.glob("*.py"))}


def spoiled(defect: Defect) -> dict[str, str]:
    """The package with a defect; HistoryError if its patch does not fit."""
    with tempfile.TemporaryDirectory() as folder:
        package = shutil.copytree(SOURCE, Path(folder, PACKAGE))
        git(["apply", str(defect.patch)], Path(folder))
        return sources(package)


def versions() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Tag, message and package of every commit, oldest first."""
    clean = sources()
    yield "base", "Start the package", clean
    for defect, (name, old, new) in zip(DEFECTS, harmless.changes(), strict=False):
        file = f"{PACKAGE}/{name}"
        yield defect.tag, f"Plant {defect.what}: {defect.size}", spoiled(defect)
        yield (
            f"{defect.tag}-clean",
            f"Take out {defect.tag}",
            {**clean, file: re.sub(old, new, clean[file])},
        )


def configuration(config: Path, repository: Path) -> str:
    """asv's configuration: that of any target, but for what is installed; paths are beside it."""
    title, repo = "Planted regressions", str(repository.resolve())
    settings = json.loads(target.text(config, "planted", title, repo, RUNTIME))
    pins = (requirement.partition("==") for requirement in install.SUPPORT)
    settings["matrix"]["req"] = {f"pip+{name}": [version] for name, _, version in pins}
    settings["install_command"] = [f"python {Path(installer.__file__).resolve()} {{build_dir}}"]
    settings |= {"env_dir": "env", "results_dir": "results", "html_dir": "html"}
    return json.dumps(settings, indent=4) + "\n"
