"""Everything of asv that is changed, in one place.

A replacement gets the former function as its first argument, then that function's own.
"""

import functools
import inspect
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import asv.benchmarks
import asv.commands
import asv.commands.asv_profiling
import asv.commands.find
import asv.commands.run
import asv.commands.update
import asv.environment
import asv.plugins.virtualenv
import asv.results
import asv.runner
from asv import util
from asv.console import Log

from harness.history import (
    code,
    commits,
    counts,
    errors,
    functions,
    installs,
    progress,
    pythons,
    releases,
    running,
    safety,
    supervised,
    validity,
)

LISTS = (releases.BESIDE, commits.BESIDE, releases.ATTRIBUTIONS)
"""JSON files of ours in the results_dir."""


def replace(owner: Any, name: str, function: Callable[..., Any]) -> None:
    """Put a function in the place of a function or of a method of any kind."""
    former = getattr(owner, name)
    if isinstance(inspect.getattr_static(owner, name), (classmethod, staticmethod)):
        setattr(owner, name, staticmethod(functools.partial(function, former)))
        return

    @functools.wraps(former)
    def replacement(*args: Any, **options: Any) -> Any:
        return function(former, *args, **options)

    setattr(owner, name, replacement)


def install() -> None:
    """Results are written whole, with what explains them beside them, and keep their samples."""
    environment, results = asv.environment.Environment, asv.results.Results
    replacements: tuple[tuple[Any, str, Callable[..., Any]], ...] = (
        (util, "write_json", safety.write_whole),
        (util, "load_json", safety.load_json),
        (environment, "__init__", safety.remember),
        (environment, "install_project", installs.install_project),
        (asv.results, "iter_results_paths", _results_paths),
        (asv.commands.update.Update, "run", _update),
        (asv.plugins.virtualenv.Virtualenv, "_find_python", pythons.find),
        (asv.commands.run.Run, "run", running.run),
        (asv.commands.find.Find, "run", running.guarded),
        (asv.commands.asv_profiling.Profile, "run", running.guarded),
        (asv.commands.run, "run_benchmarks", validity.run_benchmarks),
        (asv.commands.run, "run_benchmarks", running.run_benchmarks),
        (asv.commands.run, "skip_benchmarks", installs.skip_benchmarks),
        (asv.runner, "run_benchmark", running.run_benchmark),
        (asv.runner.Spawner, "run", supervised.run),
        (asv.runner.Spawner, "create_setup_cache", supervised.setup_cache),
        (asv.runner.ForkServer, "run", supervised.forked),
        (asv.commands.run, "iter_results_for_machine_and_hash", running.existing_results),
        (asv.commands.run, "get_existing_hashes", running.existing_hashes),
        (asv.benchmarks.Benchmarks, "__init__", counts.choose),
        (asv.benchmarks.Benchmarks, "discover", installs.discover),
        (asv.benchmarks.Benchmarks, "discover", progress.discover),
        (results, "add_result", running.add_result),
        (results, "save", _save),
        (results, "load", safety.load),
        (results, "load_data", safety.load_data),
        *((Log, name, progress.say) for name in ("info", "add", "add_padded", "dot")),
        *((Log, name, progress.warn) for name in ("warning", "error")),
        *((each, "run_from_conf_args", errors.written) for each in _commands()),
    )
    for replacement in replacements:
        replace(*replacement)


def _commands() -> Iterator[Any]:
    """The commands of asv that do something of their own."""
    for command in util.iter_subclasses(asv.commands.Command):
        if "run_from_conf_args" in vars(command):
            yield command


def _results_paths(paths: Any, folder: str) -> Iterator[Any]:
    """asv takes every JSON file for a result; a list of ours beside the machines is none."""
    has_list = any(Path(folder, name).exists() for name in LISTS)
    for each in sorted(filter(Path.is_dir, Path(folder).iterdir())) if has_list else [folder]:
        yield from paths(str(each))


def _update(update: Any, *args: Any, **options: Any) -> None:
    """`asv update`, which walks through the results folder, meets its own files only."""

    def walk(*args: Any, walk: Any = os.walk) -> Iterator[Any]:
        for root, folders, names in walk(*args):
            yield root, folders, [name for name in names if name not in LISTS]

    with mock.patch.object(os, "walk", walk):
        update(*args, **options)


def _save(save: Any, results: Any, result_dir: str) -> None:
    save(results, result_dir)
    stem = Path(result_dir, results._filename).with_suffix("")
    keepers = (safety.keep_freeze, safety.keep_notes, functions.keep, code.keep, validity.keep)
    for keep in keepers:
        keep(results, stem)
