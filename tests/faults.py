"""What became of each fault that a test tried: a JSON line each, for `studies.faults`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Faults:
    """The fixture `fault`. path: `--record-faults FILE`, or None where nothing is recorded."""

    path: Path | None

    def __call__(
        self, kind: str, finished: Iterable[str], kept: Iterable[str], then: str, times: int = 1
    ) -> None:
        """A fault was tried, `times` times: kind is a row of the table, and `then` what happened,
        in words for a user. finished: the benchmarks that had a number when it struck, each of
        which must be among those that were `kept`."""
        had = sorted(finished)
        lost = sorted(set(had) - set(kept))
        if self.path:
            record = {"kind": kind, "times": times, "finished": len(had), "lost": len(lost)}
            line = json.dumps(record | {"then": then}) + "\n"
            # One write: several processes append to the same file.
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            os.write(file, line.encode())
            os.close(file)
        assert not lost, f"{kind}: {lost}"
