"""A list of releases, or any commits, as a git repository with the same hashes on every machine.

All releases stand in one chain in the order of their upload, whatever is selected, so that
leaving some out never changes a hash; one that became known late stands aside. Selection only
decides where `main` points. What is installed beside a release is part of its commit.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.history.errors import HistoryError
from harness.history.release import Release
from harness.history.spec import Spec

# Part of every hash: results recorded anywhere would lose their commits if this changed.
AUTHOR = "agent-benchmarks <releases@agent-benchmarks.invalid>"
STAMP = "harness-stream"
PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")  # of the repository a hook is run in


@dataclass(frozen=True)
class Commit:
    """A commit of a chain. files: text by path, beside those before; seconds: since 1970.

    aside: it follows what is before it in the chain, and nothing follows it.
    """

    tag: str
    message: str
    author: str
    seconds: int
    files: Mapping[str, str]
    aside: bool = False


def tag(version: str) -> str:
    return f"v{version}"


def build(path: Path, spec: Spec, releases: Sequence[Release], head: Release) -> dict[str, str]:
    """Build or extend the repository of a package, as `write` does.

    spec: what is installed beside a release; head: that to which `main` points, one of them.
    """
    chain = [
        Commit(
            tag(release.version),
            f"{spec.name} {release.version}",
            AUTHOR,
            int(release.uploaded.timestamp()),
            {"requirements.txt": spec.requirements(release.version)},
            aside=release.late,
        )
        for release in sorted(releases, key=lambda release: release.order)
    ]
    return write(path, chain, tag(head.version))


def write(path: Path, chain: Sequence[Commit], head: str) -> dict[str, str]:
    """Write a bare repository, or leave it where it is as it should be: hash by tag, oldest first.

    head: the tag that `main` points to. The new repository is made beside and renamed, so an
    interrupted build leaves the former one or none, never a half. Raises HistoryError when git
    fails.
    """
    stream = _stream(chain, head)
    stamp = hashlib.sha256(stream).hexdigest()
    if not _is_built(path, stamp):
        _replace(path, stream, stamp)
    listing = git(["for-each-ref", "--format=%(refname:strip=2) %(objectname)", "refs/tags"], path)
    hashes = dict(line.split() for line in listing.splitlines())
    return {commit.tag: hashes[commit.tag] for commit in chain}


def _stream(chain: Sequence[Commit], head: str) -> bytes:
    """The whole repository in the format of `git fast-import`."""
    parts: list[str] = []
    main = ""
    for commit in chain:
        who = f"{commit.author} {commit.seconds} +0000"
        branch = f"refs/tags/{commit.tag}" if commit.aside else "refs/heads/main"
        parts += [f"commit {branch}\n", f"author {who}\ncommitter {who}\n"]
        parts.append(_data(f"{commit.message}\n") + main * commit.aside)
        for file, text in commit.files.items():
            parts += [f"M 100644 inline {file}\n", _data(text)]
        if not commit.aside:
            main = "from refs/heads/main\n"
            parts.append(f"reset refs/tags/{commit.tag}\n{main}\n")
    parts.append(f"reset refs/heads/main\nfrom refs/tags/{head}\n\ndone\n")
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
        git(["init", "--quiet", "--bare", "--template=", str(new)])
        git(["symbolic-ref", "HEAD", "refs/heads/main"], cwd=new)
        git(["fast-import", "--quiet", "--force", "--done"], cwd=new, stdin=stream)
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


def git(
    arguments: list[str],
    cwd: Path | None = None,
    stdin: bytes = b"",
    users: bool = False,
    **variables: str,
) -> str:
    """Run git apart from the user's and the system's configuration: it could change hashes.

    users: with it, for a repository of others that needs it to be reached.
    """
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_" if not users else PLACES)}
    if not users:
        env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    env |= {"GIT_TERMINAL_PROMPT": "0"} | variables
    env |= {"GIT_CEILING_DIRECTORIES": str(cwd.resolve().parent) if cwd else "", "LC_ALL": "C"}
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
