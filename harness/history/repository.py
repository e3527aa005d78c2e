"""A release list as a git repository: one commit per release, the same hashes on every machine.

All releases stand in one chain in the order of their upload, whatever is selected, so that
leaving some out never changes a hash. Selection only decides where `main` points. What is
installed beside a release is part of its commit.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.history.errors import HistoryError
from harness.history.index import Release

# Part of every hash: results recorded anywhere would lose their commits if this changed.
AUTHOR = "agent-benchmarks <releases@agent-benchmarks.invalid>"
STAMP = "harness-stream"


@dataclass(frozen=True)
class History:
    """A built repository. path: the bare repository. commits: hash by tag, oldest first."""

    path: Path
    commits: dict[str, str]


def tag(version: str) -> str:
    """The tag of a release."""
    return f"v{version}"


def build(
    path: Path,
    name: str,
    releases: Sequence[Release],
    head: Release,
    requirements: Callable[[str], str] | None = None,
) -> History:
    """Build or extend the repository of a package, or leave it where it is up to date.

    head: the release that `main` points to, one of the releases. requirements: the text of
    requirements.txt for a version; by default the release alone, pinned. The new repository is made
    beside and renamed, so an interrupted build leaves the former one or none, never a half.
    Raises HistoryError when git fails.
    """
    chain = sorted(releases, key=lambda release: release.order)
    stream = _stream(name, chain, head, requirements or (lambda version: f"{name}=={version}\n"))
    stamp = hashlib.sha256(stream).hexdigest()
    if not _is_built(path, stamp):
        _replace(path, stream, stamp)
    hashes = _tags(path)
    return History(path, {tag(r.version): hashes[tag(r.version)] for r in chain})


def _stream(
    name: str, chain: Sequence[Release], head: Release, requirements: Callable[[str], str]
) -> bytes:
    """The whole repository in the format of `git fast-import`."""
    parts: list[str] = []
    for release in chain:
        who = f"{AUTHOR} {int(release.uploaded.timestamp())} +0000"
        parts += [
            "commit refs/heads/main\n",
            f"author {who}\ncommitter {who}\n",
            _data(f"{name} {release.version}\n"),
            "M 100644 inline requirements.txt\n",
            _data(requirements(release.version)),
            f"reset refs/tags/{tag(release.version)}\nfrom refs/heads/main\n\n",
        ]
    parts.append(f"reset refs/heads/main\nfrom refs/tags/{tag(head.version)}\n\ndone\n")
    return "".join(parts).encode()


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"


def _is_built(path: Path, stamp: str) -> bool:
    try:
        return (path / STAMP).read_text("ascii") == stamp and (path / "HEAD").exists()
    except OSError:
        return False


def _replace(path: Path, stream: bytes, stamp: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        new = work / "new"
        _git(["init", "--quiet", "--bare", "--template=", str(new)])
        _git(["symbolic-ref", "HEAD", "refs/heads/main"], cwd=new)
        _git(["fast-import", "--quiet", "--force", "--done"], cwd=new, stdin=stream)
        (new / STAMP).write_text(stamp, "ascii")
        if path.exists():
            path.rename(work / "old")
        new.rename(path)
    except OSError as error:
        # Another process may have finished the same build a moment earlier.
        if not _is_built(path, stamp):
            raise HistoryError(f"cannot write the release history {path}: {error}") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _tags(path: Path) -> dict[str, str]:
    listing = _git(["for-each-ref", "--format=%(objectname) %(refname:strip=2)", "refs/tags"], path)
    rows = (line.split(" ", 1) for line in listing.splitlines())
    return {name: commit for commit, name in rows}


def _git(arguments: list[str], cwd: Path | None = None, stdin: bytes = b"") -> str:
    """Run git apart from the user's and the system's configuration: it could change hashes."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    env |= {"GIT_CEILING_DIRECTORIES": str(cwd.parent) if cwd else "", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=cwd, env=env, input=stdin, check=True, capture_output=True
        )
    except FileNotFoundError:
        raise HistoryError("git is not installed, and the release history needs it") from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise HistoryError(f"git {arguments[0]} failed: {lines[-1]}") from None
    return done.stdout.decode()
