"""A release that cannot be installed: the reason is kept, the rest goes on, and no run that leaves
out what is done tries it again, unless it is asked to; numbers that it had stay.

Where it is not to blame, but the package index or a kill, the next run tries again. An index that
does not answer is waited for once: after that a run installs what is in uv's cache.
"""

import functools
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from asv import util
from asv.console import log
from asv.runner import fail_benchmark

from harness.common import asked, files
from harness.history import notes, releases, settings
from harness.history.as_repo import History

WHY = "harness-not-installed.txt"
OTHERS = 4
"""Releases that serve to find the benchmarks where none that is asked for can be installed."""

GONE = re.compile(rf"{notes.FOR_NOW}: error: (Request failed after|Failed to fetch)")
"""How it begins when an index does not answer at all."""

_no_index = ""  # why the index is not asked any more


class NotInstalled(util.ProcessError):  # type: ignore[misc]  # asv is untyped
    """A release cannot be installed, and asv need not say again why."""

    def __str__(self) -> str:
        return "a release is not installed"


def install_project(
    install: Any, environment: Any, conf: Any, repo: Any, commit: str, **options: Any
) -> Any:
    """Let install.py use the user's index settings, and keep why an install failed.

    The settings go to the install alone: the benchmarks' environment stays as it was.
    """
    given = settings.uv_environment() | {"AGENT_BENCHMARKS_CACHE": str(releases.cache_dir())}
    given |= {"UV_OFFLINE": "1"} if _no_index else {}
    kept = Path(environment._path, WHY)  # a file: asv may build in another process
    kept.unlink(missing_ok=True)
    quiet = functools.partial(util.check_output, display_error=False)
    try:
        with mock.patch.dict(os.environ, given), mock.patch.object(util, "check_output", quiet):
            return install(environment, conf, repo, commit, **options)
    except util.ProcessError as error:
        why = _remembered(_why(error, environment._install_timeout))
        if why != _no_index:
            log.error(f"{repo.get_decorated_hash(commit, 8)} is {why}")
        files.write(kept, why)
        raise NotInstalled(error.args, error.retcode, error.stdout, error.stderr) from None


def _why(error: util.ProcessError, limit: float) -> str:
    """One line, which begins as `notes.NOT_INSTALLED`."""
    if error.retcode == util.TIMEOUT_RETCODE:
        return f"{notes.NOT_INSTALLED}: no end of it within {limit:g} s"
    if error.retcode < 0:
        return f"{notes.FOR_NOW}: the install was ended by signal {-error.retcode}"
    said = (error.stderr or error.stdout or "no reason given").strip().splitlines()[-1:]
    line = " ".join("".join(c for c in "".join(said) if c.isprintable()).split())
    return line if line.startswith(notes.NOT_INSTALLED) else f"{notes.NOT_INSTALLED}: {line}"


def do_without_index(why: str) -> None:
    """Install what is in uv's cache only, which would take a page without files for what is true,
    and know its packages no more."""
    global _no_index
    _no_index = f"{notes.FOR_NOW}: {why}"


def _remembered(why: str) -> str:
    """The reason, or that for which the index is not asked any more."""
    global _no_index
    if _no_index and why.startswith(notes.FOR_NOW):
        return _no_index
    if GONE.match(why):
        _no_index = why
        cause = why.rpartition("cause: ")[2]
        log.error(f"The package index is gone ({cause}): only what is in uv's cache is installed")
    return why


def discover(
    discover: Any, conf: Any, repo: Any, environments: Any, commits: Any, **how: Any
) -> Any:
    """Let asv find the benchmarks, with the first release that can be installed.

    One of those that are not asked for may be the first: what is asked for, and cannot be
    installed, is recorded by its benchmarks.
    """
    others: list[str] = []
    if isinstance(repo, History):
        others = [each for each in repo.get_branch_commits(None) if each not in commits]
    try:
        return discover(conf, repo, environments, [*commits, *others[:OTHERS]], **how)
    except util.UserError:
        if any(reason(Path(each._path)) for each in environments):
            line = f"{conf.project}: no release can be installed, so nothing is measured"
            raise util.UserError(line) from None
        raise


def reason(environment: Path) -> str:
    """Why the last install into the environment in this folder failed; "" if it did not."""
    path = environment / WHY
    return path.read_text("utf-8") if path.exists() else ""


def is_left_out(found: Sequence[notes.Note]) -> bool:
    """Whether a benchmark with these notes has no number because its release was not installed or
    imported, and that is not to be tried again."""
    return not asked.again() and any(each.is_of_release and each.is_final for each in found)


def skip_benchmarks(skip: Any, benchmarks: Any, env: Any, results: Any) -> Any:
    """What is not installed now has no numbers; what it had of an earlier run stays."""
    for name, benchmark in benchmarks.items():
        log.step()
        if any(map(_is_number, results._results.get(name) or ())):
            # not in the notes, and yet asv's exit status says that something failed
            results.errcode[notes.NOT_INSTALLED] = 1
            continue
        selected = benchmarks.benchmark_selection.get(name)
        results.add_result(benchmark, fail_benchmark(benchmark), selected_idx=selected)
    return results


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and value == value
