"""Write the asv configuration of a target: as asv.conf.json, but for a few words."""

import argparse
import importlib.metadata
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from harness import runtimes
from harness.common import files

CHECKOUT = Path(__file__).resolve().parents[2]

RUNNER = {"pip+asv_runner": [importlib.metadata.version("asv_runner")]}
"""What asv itself needs in every environment, in its `matrix`: its other half, of this version."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="short name, of the file and of its results")
    of = parser.add_mutually_exclusive_group(required=True)
    of.add_argument("--package", help="distribution whose releases are measured")
    of.add_argument("--commits", metavar="REPO", help="git repository whose commits are measured")
    parser.add_argument("--paths", metavar="A,B", help="what of each commit is put on the path")
    parser.add_argument(
        "--at", metavar="OLD,NEW", help="these commits alone, by their whole hashes"
    )
    parser.add_argument("--project", help="name on the dashboard (default: the package, or NAME)")
    parser.add_argument("--runtime", help="adapter: a name, or module:Class (default: NAME)")
    parser.add_argument("--since", metavar="VERSION", help="no releases before this one")
    parser.add_argument("--last", metavar="N", help="only the newest N releases")
    parser.add_argument("--per", metavar="MONTH", help="the last of each month, or of each minor")
    parser.add_argument("--line", metavar="1.2", help="of this line, not of the newest")
    parser.add_argument("--extras", metavar="A,B", help="extras of the package to install")
    parser.add_argument("--with", metavar="A,B", help="packages to install beside it")
    parser.add_argument(
        "--sources",
        action="store_true",
        help="also install what has no wheel; building it runs its own code here",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="default: NAME.json here, or in targets/"
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    given = vars(arguments)
    name = arguments.name
    if not (CHECKOUT / "benchmarks").is_dir():
        raise ValueError(f"no benchmarks beside {CHECKOUT / 'harness'}: work from a checkout")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ValueError(f"a target's name is letters, digits, dots and dashes, not {name!r}")
    runtime = arguments.runtime or name.replace("-", "_")
    if ":" not in runtime:
        runtimes.load(runtime)
    here = Path("targets") if Path.cwd() == CHECKOUT else Path()
    path = arguments.output or here / f"{name}.json"
    if path.exists():
        raise ValueError(f"{path} is already there: delete it first, or choose another --output")
    repo = commits(arguments.commits, given) if arguments.commits else ""
    repo = repo or repository(arguments.package, given)
    project = arguments.project or arguments.package or name
    files.write(path, text(path, name, project, repo, runtime, arguments.sources))
    print(f"{path} is written; measure with: python -m harness dashboard --config {path}")


def repository(package: str, options: Mapping[str, object]) -> str:
    """The `repo` of a package's releases; ValueError for options that are none."""
    from harness.history import spec

    known = ("since", "last", "per", "line", "extras", "with")
    wanted = [f"{k}={options[k]}" for k in known if options.get(k)]
    repo = f"{spec.PREFIX}{package}" + ("?" + "&".join(wanted) if wanted else "")
    spec.parse(repo)
    return repo


def commits(source: str, options: Mapping[str, object]) -> str:
    """The `repo` of the commits of a git repository, which may be a folder; ValueError as above."""
    from harness.history import commits

    place = str(Path(source).resolve()) if Path(source).is_dir() else source
    wanted = [f"{k}={options[k]}" for k in ("paths", "with", "at") if options.get(k)]
    repo = f"{commits.PREFIX}{place}?{'&'.join(wanted)}"
    commits.parse(repo)
    return repo


def text(
    path: Path, name: str, project: str, repo: str, runtime: str, sources: bool = False
) -> str:
    """The configuration that is to stand at `path`. sources: also what has no wheel is installed.

    What asv makes goes into this checkout if the configuration is part of it, else beside it.
    """
    folder = path.resolve().parent
    base = CHECKOUT if folder.is_relative_to(CHECKOUT) else folder

    def below(place: Path) -> str:
        return Path(os.path.relpath(place, folder)).as_posix()

    install = below(CHECKOUT / "harness" / "history" / "install.py")
    options = " --sources" if sources else ""
    document = json.loads((CHECKOUT / "asv.conf.json").read_text("utf-8"))
    document.pop("harness", None)  # what tests want to know of that one
    document |= {
        "project": project,
        "repo": repo,
        "matrix": {"req": RUNNER, "env_nobuild": {"AGENT_RUNTIME": [runtime]}},
        "install_command": [f"python {{conf_dir}}/{install}{options} {{build_dir}} {{env_dir}}"],
        "benchmark_dir": below(CHECKOUT / "benchmarks"),
        "env_dir": below(base / ".cache" / "env" / name),
        "results_dir": below(base / "results" / name),
        "html_dir": below(base / "html" / name),
    }
    return json.dumps(document, indent=4) + "\n"
