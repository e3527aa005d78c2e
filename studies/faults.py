"""What was kept of the faults that the tests tried, from their records: `make faults`."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.rendering.tables import markdown

ENOUGH = 100
"""Faults of which nothing may be lost."""

HEAD = ["what broke", "tried", "benchmarks finished before", "lost", "what happens then"]

Records = list[dict[str, Any]]


def read(path: Path) -> Records:
    """The records of a run of the tests."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def table(records: Records) -> list[str]:
    """A row for each kind of fault, and their sum."""
    kinds: dict[str, Records] = {}
    for each in sorted(records, key=lambda record: str(record["kind"])):
        kinds.setdefault(each["kind"], []).append(each)
    rows = [[kind, *_counts(found), found[0]["then"]] for kind, found in kinds.items()]
    return markdown(HEAD, [*rows, ["**all**", *_counts(records), ""]])[:-1]


def _counts(records: Records) -> list[str]:
    return [str(sum(each[key] for each in records)) for key in ("times", "finished", "lost")]


def main(argv: Sequence[str] | None = None) -> int:
    """Print the sum of a file of records; 1 if there are too few, or something was lost."""
    (path,) = sys.argv[1:] if argv is None else argv
    tried, finished, lost = _counts(read(Path(path)))
    print(f"{tried} faults, {finished} benchmarks finished before them, {lost} lost")
    return int(int(tried) < ENOUGH or int(lost) > 0)


if __name__ == "__main__":
    sys.exit(main())
