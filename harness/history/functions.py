"""Collects what benchmarks counted by function, into STEM.functions.gz beside asv's results.

The benchmarks of one commit and environment run, then their results are saved, then come the
next: so one spool is enough, and each save empties it.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from asv.console import log

from harness.instruments.counters import functions


def collecting(save: Any) -> Any:
    """Wrap `Results.save`, and tell the benchmark processes started from now on of the spool."""
    spool = tempfile.TemporaryDirectory(prefix="harness-")
    os.environ[functions.FOLDER] = spool.name

    def wrapped(self: Any, result_dir: str) -> None:
        save(self, result_dir)
        stem = Path(result_dir, self._filename).with_suffix("")
        file_away(Path(spool.name, functions.SPOOL), Path(f"{stem}{functions.SUFFIX}"))

    return wrapped


def file_away(spool: Path, path: Path) -> None:
    """Move the spooled cells into the file, beside former ones of cells not counted again."""
    if not spool.exists():
        return
    found = dict(json.loads(line) for line in spool.read_text("utf-8").splitlines())
    spool.unlink()
    try:
        former = functions.read(path) if path.exists() else {}
    except functions.Unreadable as error:
        log.warning(f"{error}: replaced")
        former = {}
    if found:
        functions.write(path, former | found)
