"""The commits of a repository that touch some paths: those of its main line, by first parents.

`commits:URL?paths=A,B&with=NAME,...`: only these paths are checked out and put on the path of the
measured Python; beside them is installed what `with` names, as of the commit's date. The list of
commits stands beside the results, so that only measuring needs the repository. Git itself finds a
copy of it: `git config --global url.COPY.insteadOf URL`.

`at=OLD,NEW` makes these the history, whatever lies between: the base and the head of a pull
request. All of them have what is installed beside the last, so that only the paths differ.
"""

import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.common import files
from harness.history import releases, repository, spec
from harness.history.errors import HistoryError

PREFIX = "commits:"
BESIDE = "commits.json"  # in the results_dir
FORM = "commits:URL?paths=FOLDER,...&with=NAME,...&at=HASH,..."
MARK = "commit:"  # how requirements.txt of a checkout names it
TREE = "tree"  # the folder beside it that has the paths
HEAD = "refs/heads/measured"
COPY = "git config --global url.COPY.insteadOf URL"
_PATH = r"(?!/|-|(.*/)?\.\.(/|,|$))[^,\s:*?\[\\]+"


@dataclass(frozen=True)
class Commit:
    """A commit of the list. parent: the one before it in the list, or ""; date: committed (UTC)."""

    hash: str
    parent: str
    date: datetime
    subject: str


@dataclass(frozen=True)
class Source:
    """A parsed `commits:` repository.

    beside: packages that are installed with it, sorted; at: whole hashes, oldest first, if the
    history is these.
    """

    url: str
    paths: tuple[str, ...]
    beside: tuple[str, ...] = ()
    at: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Of its folders in the cache."""
        digest = hashlib.sha256(self.url.encode()).hexdigest()[:8]
        return f"{re.sub(r'[^A-Za-z0-9]+', '-', self.url.removesuffix('.git'))[-40:]}-{digest}"

    @property
    def mirror(self) -> Path:
        """A clone of the repository, without its files where it can be had without."""
        return releases.cache_dir() / "commits" / self.name

    @property
    def what(self) -> dict[str, object]:
        """What a list is of."""
        asked: dict[str, object] = {"repository": self.url, "paths": list(self.paths)}
        return asked | ({"at": list(self.at)} if self.at else {})


def parse(text: str) -> Source:
    """Parse a `commits:` repository; raises HistoryError naming what is wrong with it."""
    url, _, query = text.removeprefix(PREFIX).partition("?")
    with spec.naming(text):
        if not url or url.startswith("-"):
            raise ValueError(f"no URL; the form is {FORM}")
        asked = spec.options(query, _OPTIONS, FORM)
        if "paths" not in asked:
            raise ValueError(f"no paths; the form is {FORM}")
    return Source(url, asked["paths"], asked.get("with", ()), asked.get("at", ()))


_OPTIONS: spec.Options = {
    "paths": (
        f"{_PATH}(,{_PATH})*",
        "a list of paths in the repository",
        lambda value: tuple(sorted({each.rstrip("/") for each in value.split(",")})),
    ),
    "with": spec.LIST,
    "at": ("[0-9a-f]{40}(,[0-9a-f]{40})*", "a list of whole hashes", lambda v: tuple(v.split(","))),
}


def known(
    source: Source,
    beside: Path | None = None,
    renew: bool = False,
    warn: Callable[[str], object] = logging.warning,
) -> list[Commit]:
    """The commits, newest first, and then those that are on the line no more.

    beside: the list that stands beside the results, if there is one. renew: ask the repository,
    which otherwise is asked only where no list is kept; if it cannot be had, warn gets the reason.
    """
    kept = read(beside, source) if beside and beside.exists() else []
    if kept and not renew:
        return kept
    try:
        return merge(kept, _ask(source))
    except HistoryError as error:
        if not kept:
            raise
        warn(f"{error}: using the commits in {beside}")
        return kept


def merge(kept: list[Commit], found: list[Commit]) -> list[Commit]:
    """Both lists: the one with more of the line first, what is only in the other one after it."""
    if found[0] in line(kept):
        kept, found = found, kept
    return [*found, *(each for each in kept if each not in found)]


def line(every: Sequence[Commit]) -> list[Commit]:
    """The main line, newest first: the first commit and those that it came from."""
    by_hash, found = {each.hash: each for each in every}, list(every[:1])
    while parent := by_hash.pop(found[-1].parent, None) if found else None:
        found.append(parent)
    return found


def _ask(source: Source) -> list[Commit]:
    """The commits of the repository's default branch, or those that are asked for; newest first."""
    mirror = source.mirror
    try:
        if not mirror.exists():
            new = mirror.with_name(f".{mirror.name}.{os.getpid()}")
            shutil.rmtree(new, ignore_errors=True)
            new.parent.mkdir(parents=True, exist_ok=True)
            clone = ["clone", "--quiet", "--bare", "--filter=blob:none", "--", source.url]
            repository.git([*clone, str(new)], users=True)
            new.rename(mirror)
        repository.git(["fetch", "--quiet", "origin", f"+HEAD:{HEAD}"], mirror, users=True)
    except HistoryError as error:
        raise HistoryError(f"no repository: {error}; a copy serves: {COPY}") from None
    which = ["--first-parent", HEAD, "--", *source.paths]
    if source.at:
        which = ["--no-walk=unsorted", *reversed(source.at), "--"]
    command = ["log", "--format=%H %ct %s", *which]
    rows = [row.split(" ", 2) for row in repository.git(command, mirror).splitlines()]
    if not rows:
        raise HistoryError(f"no commit of {source.url} touches {', '.join(source.paths)}")
    if source.at:  # what is installed is of one day, and yet each has its place
        rows = [[row[0], str(int(rows[0][1]) - i), row[2]] for i, row in enumerate(rows)]
    parents = [*(row[0] for row in rows[1:]), ""]
    return [
        Commit(sha, parent, datetime.fromtimestamp(int(seconds), UTC), subject)
        for (sha, seconds, subject), parent in zip(rows, parents, strict=True)
    ]


def check_out(source: Source, commit: str, folder: Path) -> None:
    """Put the paths, as they were at a commit, into a new folder; HistoryError if git fails."""
    folder.mkdir()
    if not source.mirror.exists():
        _ask(source)
    listed = ["ls-tree", "--name-only", "-z", commit, "--", *source.paths]
    if there := repository.git(listed, source.mirror, users=True).split("\0")[:-1]:
        work_tree = str(folder.absolute())
        repository.git(
            ["checkout", "--quiet", commit, "--", *there],
            folder,
            users=True,
            GIT_DIR=str(source.mirror),
            GIT_WORK_TREE=work_tree,
            GIT_INDEX_FILE=f"{work_tree}.index",
            GIT_LFS_SKIP_SMUDGE="1",
        )


def keep(path: Path, source: Source, found: list[Commit]) -> None:
    """Write a list, with what the file has learned meanwhile. Raises HistoryError."""
    former = read(path, source) if path.exists() else []
    if former == (merged := merge(former, found)):
        return
    rows = (asdict(each) | {"date": f"{each.date:%Y-%m-%dT%H:%M:%SZ}"} for each in merged)
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    head = json.dumps(source.what).removesuffix("}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, f'{head}, "commits": [\n{lines}\n]}}\n')
    except (OSError, ValueError) as error:
        raise HistoryError(f"the list of commits cannot be kept: {error}") from None


def read(path: Path, source: Source) -> list[Commit]:
    """The list of a file. Raises HistoryError: it is none, or of another repository or paths."""
    try:
        data = json.loads(path.read_text("utf-8"))
        what = {key: data[key] for key in source.what}
        found = [_commit(**row) for row in data["commits"]]
        if not found or len({each.hash for each in found}) < len(found):
            raise ValueError
    except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError):
        raise HistoryError(
            f"{path} is no list of commits: restore it from git, or from another machine"
        ) from None
    if what != source.what:
        raise HistoryError(f"{path} is of another repository or paths: choose another results_dir")
    return found


def _commit(hash: str, parent: str, date: str, subject: str) -> Commit:
    """A row of the file; raises ValueError or TypeError where it is none."""
    at = datetime.fromisoformat(date)
    if not re.fullmatch("[0-9a-f]{40}", hash) or at.tzinfo is None or at.timestamp() < 0:
        raise ValueError
    subject = str(subject)
    subject.encode()  # JSON has surrogates, git has not
    return Commit(hash, str(parent), at.astimezone(UTC).replace(microsecond=0), subject)
