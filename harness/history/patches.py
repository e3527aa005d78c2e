"""Everything of asv that is changed, in one place.

A replacement gets the former function as its first argument, then that function's own.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asv.benchmarks
import asv.commands.asv_profiling
import asv.commands.find
import asv.commands.run
import asv.environment
import asv.results
import asv.runner
from asv import util
from asv.console import Log

from harness.history import counts, functions, progress, releases, running, safety, validity


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
    for owner, name, function in (
        (util, "write_json", safety.write_whole),
        (environment, "__init__", safety.remember),
        (environment, "install_project", safety.install_project),
        (asv.results, "iter_results_paths", _results_paths),
        (asv.commands.run.Run, "run", running.run),
        (asv.commands.find.Find, "run", running.guarded),
        (asv.commands.asv_profiling.Profile, "run", running.guarded),
        (asv.commands.run, "run_benchmarks", validity.run_benchmarks),
        (asv.commands.run, "run_benchmarks", running.run_benchmarks),
        (asv.runner, "run_benchmark", running.run_benchmark),
        (asv.commands.run, "iter_results_for_machine_and_hash", running.existing_results),
        (asv.commands.run, "get_existing_hashes", running.existing_hashes),
        (asv.benchmarks.Benchmarks, "__init__", counts.choose),
        (asv.benchmarks.Benchmarks, "discover", progress.discover),
        (results, "add_result", running.add_result),
        (results, "save", _save),
        (results, "load", safety.load),
        (results, "load_data", safety.load_data),
        *((Log, name, progress.say) for name in ("info", "add", "add_padded", "dot")),
        *((Log, name, progress.warn) for name in ("warning", "error")),
    ):
        replace(owner, name, function)


def _results_paths(paths: Any, folder: str) -> Iterator[Any]:
    """asv takes every JSON file for a result; the list of releases beside the machines is none."""
    has_list = Path(folder, releases.BESIDE).exists()
    for each in sorted(filter(Path.is_dir, Path(folder).iterdir())) if has_list else [folder]:
        yield from paths(str(each))


def _save(save: Any, results: Any, result_dir: str) -> None:
    save(results, result_dir)
    stem = Path(result_dir, results._filename).with_suffix("")
    for keep in (safety.keep_freeze, safety.keep_notes, functions.keep, validity.keep):
        keep(results, stem)
