"""Collects what benchmarks counted by function, into STEM.functions.gz beside asv's results.

The benchmarks of one commit and environment run, then their results are saved, then come the
next: so one spool is enough, and each save empties it.
"""

from pathlib import Path
from typing import Any

from asv.console import log

from harness.common import asked
from harness.instruments.counters import functions as counters


def keep(results: Any, stem: Path) -> None:
    """Write STEM.functions.gz."""
    if place := asked.folder():
        file_away(place / counters.SPOOL, Path(f"{stem}{counters.SUFFIX}"))


def file_away(spool: Path, path: Path) -> None:
    """Move the spooled cells into the file, beside former ones of cells not counted again."""
    if not spool.exists():
        return
    try:
        former = counters.read(path) if path.exists() else {}
    except counters.Unreadable as error:
        log.warning(f"{error}: replaced")
        former = {}
    if found := dict(asked.journal(spool)):
        counters.write(path, former | found)
    spool.unlink()
