"""The list of trials, and the raw data: one JSON object per line, a record of each trial."""

import json
import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from harness.common import files
from studies.planted.defects import DEFECTS, named

FILE = "trials.jsonl"
SAME, NOTHING = "a/a", "nothing"
"""Items of two harmless commits: a pair of RUNS, and one that is measured as a defect is."""
QUIET, LOADED = "quiet", "loaded"
FULL, SHOWING, COUNTS = "full", "showing", "counts"
"""Profiles: the whole suite; where a defect must show; of that, what repeats exactly."""
RUNS, OFTEN = 15, 12

Record = dict[str, Any]
"""`kind` is session (machine), run (one of RUNS ended), pair (a trial with what each rule said) or
remark (on the circumstances of a profile and load); values and series are of an older study."""


@dataclass(frozen=True)
class Trial:
    """One comparison. item: a defect's tag, SAME or NOTHING; base, head: tags of commits."""

    profile: str
    load: str
    item: str
    trial: int
    base: str
    head: str

    def __str__(self) -> str:
        return f"{self.load}, {self.item} {self.trial}: {self.head} against {self.base}"


def trials() -> list[Trial]:
    """All trials, always the same: the pairs of RUNS first, then the others in random order.

    Each of these has a harmless commit of its own to be compared with.
    """
    clean = ["base", *(f"{defect.tag}-clean" for defect in DEFECTS)]
    draw = random.Random(0)
    pairs = [
        Trial(FULL, load, SAME, 1, *pair)
        for load in (QUIET, LOADED)
        for pair in combinations(draw.sample(clean, RUNS), 2)
    ]
    wanted = [(each.tag, each.trials) for each in DEFECTS] + [(NOTHING, OFTEN)]
    others = []
    for item, times in wanted:
        profile = SHOWING if times == OFTEN else COUNTS
        for number in range(1, times + 1):
            base, same = draw.sample(clean, 2)
            head = same if item == NOTHING else item
            others.append(Trial(profile, QUIET, item, number, base, head))
    draw.shuffle(others)
    return pairs + others


def missing(
    records: Iterable[Record], only: Collection[str] = (), most: int = OFTEN
) -> list[Trial]:
    """The trials of which there is no record, in their order.

    only: items, all if there are none; most: trials per item. ValueError for an unknown item.
    """
    for item in {*only} - {SAME, NOTHING}:
        named(item)
    known = [each.items() for each in records if each["kind"] == "pair"]
    asked = [each for each in trials() if each.trial <= most and (not only or each.item in only)]
    return [each for each in asked if not any(vars(each).items() <= one for one in known)]


def read(folder: Path) -> list[Record]:
    """All records, oldest first; ValueError, one line, for what is no record."""
    path = folder / FILE
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines() if path.exists() else (), 1):
        try:
            found.append({"kind": None, **json.loads(line)})
        except (ValueError, TypeError):
            raise ValueError(f"{path.name}, line {number}: no record") from None
    return found


def keep(folder: Path, records: Iterable[Record]) -> None:
    """Write all records, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(each, separators=(",", ":"), allow_nan=False) for each in records)
    files.write(folder / FILE, "".join(f"{line}\n" for line in lines))
