"""Results that survive: written whole or not at all, with what was installed and why not.

asv keeps neither what was installed nor why a benchmark gave nothing. Both are written beside
the results file as plain text (asv reads every .json below the results directory). What takes
the place of a function of asv's gets that function first (`patches`).
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asv import util

from harness.common import files
from harness.history import installs, notes
from harness.history.errors import stop

FREEZE = "harness-freeze.txt"  # written into the environment by install.py

_environments: dict[str, Path] = {}  # directory by environment name


def write_whole(write: Any, path: str, *args: Any, **options: Any) -> None:
    """Write beside and rename, so that an interrupt leaves the former file."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(path) as beside:
        write(str(beside), *args, **options)


def remember(init: Any, environment: Any, *args: Any, **options: Any) -> None:
    """Remember where an environment is: its results know only its name."""
    init(environment, *args, **options)
    _environments[environment.name] = Path(environment._path)


def keep_freeze(results: Any, stem: Path) -> None:
    """Write STEM.freeze.txt: what was installed."""
    freeze = _environments.get(results.env_name, Path()) / FREEZE
    if results.env_name in _environments and freeze.exists():
        files.write(f"{stem}.freeze.txt", freeze.read_text("utf-8"))


def keep_notes(results: Any, stem: Path) -> None:
    """Write STEM.notes.txt: why benchmarks gave no number."""
    beside = Path(f"{stem}.notes.txt")
    former = beside.read_text("utf-8") if beside.exists() else ""
    new = notes.of(results, installs.reason(_environments.get(results.env_name, Path())))
    text = notes.merge(former, new, results)
    if text or former:
        files.write(beside, text)


def existing_results(existing: Any, folder: str, *args: Any) -> Iterator[Any]:
    """asv's results when it looks for what to skip: a gap without a note is a failure there.

    asv takes every gap for a success, also one that an interrupt or a busy machine left; and what
    could not be installed is a failure only where it is asked for again.
    """
    for results in existing(folder, *args):
        results._results.update(_with_failures(results, folder))
        yield results


def done(results: Any, folder: str) -> set[str]:
    """The benchmarks that need not be measured again."""
    values = _with_failures(results, folder)
    return {name for name, each in values.items() if None not in each}


def _with_failures(results: Any, folder: str) -> dict[str, list[Any]]:
    beside = Path(folder, results._filename).with_suffix(".notes.txt")
    kept = notes.parse(beside.read_text("utf-8") if beside.exists() else "")
    found = {}
    for name in results.get_all_result_keys():
        refusals = [note for note in kept.get(name, ()) if note.is_refusal]
        found[name] = [
            None if _is_gap(value) and not any(n.is_about(label) for n in refusals) else value
            for label, value in notes.values_of(results, name).items()
        ]
        if installs.is_left_out(kept.get(name, ())):
            found[name] = [math.nan if value is None else value for value in found[name]]
    return found


def _is_gap(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def refuse_links(folder: str) -> None:
    """End asv where results, which may be from others, hold anything but plain files."""
    try:
        files.plain(Path(folder))
    except (ValueError, OSError) as error:
        stop(str(error))


def load_json(load: Any, path: str, *args: Any, **options: Any) -> Any:
    """asv's reading of JSON: what is nested too deeply, or no text, is an error that it expects."""
    try:
        return load(path, *args, **options)
    except (RecursionError, ValueError) as error:
        raise util.UserError(
            f"Error parsing JSON in file '{path}': {type(error).__name__}"
        ) from None


def load(load: Any, path: str, *args: Any, **options: Any) -> Any:
    """Turn what a broken results file raises into the error that asv expects and skips."""
    try:
        return load(path, *args, **options)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        kind = type(error).__name__
        raise util.UserError(f"Error loading results file '{path}': {kind}") from None


def load_data(load: Any, results: Any, result_dir: str) -> None:
    """Never overwrite a results file that cannot be read: it may be worth mending.

    What asv loads it saves in the end, here; a dry run does neither.
    """
    try:
        load(results, result_dir)
        results.kept_in = result_dir
    except util.UserError as error:
        stop(f"{' '.join(str(error).split())}: mend or remove it, then run again")
