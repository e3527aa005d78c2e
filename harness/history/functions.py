"""Collects what benchmarks counted by function, into STEM.functions.gz beside asv's results.

The benchmarks of one commit and environment run, then their results are saved, then come the
next: so one spool is enough, and each save empties it.
"""

from __future__ import annotations

import functools
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from asv.console import log

from harness.common import asked
from harness.instruments.counters import functions as counters


@functools.cache
def open_spool() -> tempfile.TemporaryDirectory[str]:
    """The spool; the benchmark processes started from now on are told of it."""
    spool = tempfile.TemporaryDirectory(prefix="harness-")
    os.environ[asked.FOLDER] = spool.name
    return spool


def keep(results: Any, stem: Path) -> None:
    """Write STEM.functions.gz."""
    file_away(Path(open_spool().name, counters.SPOOL), Path(f"{stem}{counters.SUFFIX}"))


def file_away(spool: Path, path: Path) -> None:
    """Move the spooled cells into the file, beside former ones of cells not counted again."""
    if not spool.exists():
        return
    found = dict(json.loads(line) for line in spool.read_text("utf-8").splitlines())
    spool.unlink()
    try:
        former = counters.read(path) if path.exists() else {}
    except counters.Unreadable as error:
        log.warning(f"{error}: replaced")
        former = {}
    if found:
        counters.write(path, former | found)
