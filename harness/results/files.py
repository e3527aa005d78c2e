"""asv's files of a target beside its results: read whole, or one line says what is wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asv import util
from asv.machine import Machine, iter_machine_files

from harness.common import files, kinds

BROKEN: tuple[type[Exception], ...] = (util.UserError, OSError, ValueError, TypeError)
BROKEN += (AttributeError, LookupError, ArithmeticError, RecursionError, ImportError)
"""What asv may raise about a file that is not as it writes it."""

DESCRIBED: dict[str, Any] = {
    "params": list[list[str]],
    "param_names": list[str],
    "unit": str,
    "type": str,
    "grade": str,
    "rounds": int,
    "beyond": str,
    "measure": str,
    "renamed": dict[str, str],
    "fixed": dict[str, Any],
}
"""What of asv's description of a benchmark is used here, with our additions."""


NEWER = "that is newer than what this version of asv understands. Update asv to use this file."
"""asv's own words, too many for a line."""


class BadInput(ValueError):
    """What was asked for cannot be read or judged; the message is one line, the status is 2."""


class NoResults(BadInput):
    """Nothing was measured of a target yet."""


@contextlib.contextmanager
def reading(path: str | Path, what: str = "") -> Iterator[None]:
    """Whatever asv raises about a broken file is said in one line, which names the file once."""
    try:
        yield
    except BadInput:  # of another file, which it names
        raise
    except BROKEN as error:
        reason = files.reason(error).rpartition(f"'{path}': ")[2].replace(str(path), "it")
        reason = reason.replace(NEWER, "of a newer asv: update asv")
        raise BadInput(f"cannot read {what or path}: {reason}") from None


def descriptions(folder: Path) -> dict[str, Any]:
    """asv's descriptions of a results folder's benchmarks, by name; NoResults where none are."""
    path = folder / "benchmarks.json"
    if not path.exists():
        raise NoResults(f"no results in {folder}")
    with reading(path):
        content = util.load_json(str(path))
        if not isinstance(content, dict):
            raise ValueError("it is not asv's list of benchmarks")
        described = {name: about for name, about in content.items() if isinstance(about, dict)}
        for name, about in described.items():
            for key, kind in DESCRIBED.items():
                if key in about or key in ("params", "param_names"):
                    kinds.of(kind, about.get(key), f"{name}.{key}")
    return described


def machines(folder: Path) -> list[str]:
    """The machines whose results a folder holds."""
    names = []
    for path in iter_machine_files(str(folder)):
        with reading(path):
            content = util.load_json(path, Machine.api_version)
            name = kinds.of(str, content["machine"], "machine")
            if name != Path(name).name or name in ("", ".."):  # it is part of paths
                raise ValueError(f"no name of a machine: {name!r:.40}")
            names.append(name)
    return names
