"""Results that survive: written whole or not at all, with what was installed and why not.

asv keeps neither what was installed nor why a benchmark gave nothing. Both are written beside
the results file as plain text (asv reads every .json below the results directory).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import asv.environment
import asv.results
from asv import util

from harness.common import files
from harness.history import functions, index, notes, settings

FREEZE = "harness-freeze.txt"  # written into the environment by install.py

_environments: dict[str, Path] = {}  # directory by environment name
_not_installed: dict[str, str] = {}  # why the last install failed, by environment name


def install(stop: Callable[[str], NoReturn]) -> None:
    """Change asv in place: whole writes, files beside results, uv's settings for installs.

    stop: ends asv with one line.
    """
    util.write_json = _whole(util.write_json)
    environment, results = asv.environment.Environment, asv.results.Results
    environment.__init__ = _remembering(environment.__init__)
    environment.install_project = _with_settings(environment.install_project)
    results.save = functions.collecting(_with_files_beside(results.save))
    results.load = _readable(results.load)
    results.load_data = _stopping(results.load_data, stop)


def _whole(write: Any) -> Any:
    """Write beside and rename, so that an interrupt leaves the former file."""

    def write_json(path: str, *args: Any, **options: Any) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(path) as beside:
            write(str(beside), *args, **options)

    return write_json


def _remembering(init: Any) -> Any:
    """Remember where an environment is: its results know only its name."""

    def __init__(self: Any, *args: Any, **options: Any) -> None:
        init(self, *args, **options)
        _environments[self.name] = Path(self._path)

    return __init__


def _with_settings(install_project: Any) -> Any:
    """Let install.py use the user's index settings, and remember why an install failed.

    The settings go to the install alone: the benchmarks' environment stays as it was.
    """

    def wrapped(self: Any, *args: Any, **options: Any) -> Any:
        told = settings.uv_environment() | {"AGENT_BENCHMARKS_CACHE": str(index.cache_dir())}
        _not_installed.pop(self.name, None)
        try:
            with _environ(told):
                return install_project(self, *args, **options)
        except util.ProcessError as error:
            lines = (error.stderr or error.stdout or str(error)).strip().splitlines()
            _not_installed[self.name] = lines[-1] if lines else str(error)
            raise

    return wrapped


@contextlib.contextmanager
def _environ(extra: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(extra)
    try:
        yield
    finally:
        for name in extra:
            os.environ.pop(name, None)
        os.environ.update({name: before[name] for name in extra if name in before})


def _with_files_beside(save: Any) -> Any:
    """After a save, write STEM.freeze.txt and STEM.notes.txt next to the results file."""

    def wrapped(self: Any, result_dir: str) -> None:
        save(self, result_dir)
        stem = Path(result_dir, self._filename).with_suffix("")
        freeze = _environments.get(self.env_name, Path()) / FREEZE
        if self.env_name in _environments and freeze.exists():
            files.write(f"{stem}.freeze.txt", freeze.read_text("utf-8"))
        beside = Path(f"{stem}.notes.txt")
        former = beside.read_text("utf-8") if beside.exists() else ""
        text = notes.merge(former, notes.of(self, _not_installed.get(self.env_name, "")), self)
        if text or former:
            files.write(beside, text)

    return wrapped


def _readable(load: Any) -> Any:
    """Turn what a broken results file raises into the error that asv expects and skips."""

    def wrapped(cls: Any, path: str, *args: Any, **options: Any) -> Any:
        try:
            return load.__func__(cls, path, *args, **options)
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            raise util.UserError(
                f"Error loading results file '{path}': {type(error).__name__}"
            ) from None

    return classmethod(wrapped)


def _stopping(load_data: Any, stop: Callable[[str], NoReturn]) -> Any:
    """Never overwrite a results file that cannot be read: it may be worth mending."""

    def wrapped(self: Any, result_dir: str) -> None:
        try:
            load_data(self, result_dir)
        except util.UserError as error:
            stop(f"{' '.join(str(error).split())}: mend or remove it, then run again")

    return wrapped
