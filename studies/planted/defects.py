"""The defects that are planted: one patch of the clean package each, in the order of the history.

Its head says what it is, how big, and what must show it; its name is its number and tag.
"""

from __future__ import annotations

import email
from dataclasses import dataclass
from pathlib import Path

PATCHES = Path(__file__).with_name("patches")
THRICE = 3
"""Trials of what repeats exactly."""


@dataclass(frozen=True)
class Defect:
    """One defect. exact, noisy: names of benchmarks of which at least one must show it.

    cost: by how much it makes runs slower, as a fraction of a run's executed lines; else 0.
    trials: how often it is measured, more than THRICE where what is noisy is to be learnt.
    """

    tag: str
    what: str
    size: str
    exact: tuple[str, ...]
    noisy: tuple[str, ...]
    cost: float
    trials: int
    patch: Path

    @classmethod
    def of(cls, patch: Path) -> Defect:
        """The defect of a file of PATCHES."""
        head = email.message_from_string(patch.read_text("utf-8"))
        return cls(
            tag=patch.stem.partition("-")[2],
            what=head["What"],
            size=head["Size"],
            exact=tuple(head.get_all("Exact", [])),
            noisy=tuple(head.get_all("Noisy", [])),
            cost=float(head.get("Cost", 0)),
            trials=int(head.get("Trials", THRICE)),
            patch=patch,
        )


DEFECTS = tuple(map(Defect.of, sorted(PATCHES.glob("*.patch"))))


def named(tag: str) -> Defect:
    """The defect of that tag; ValueError if there is none."""
    known = {defect.tag: defect for defect in DEFECTS}
    if tag not in known:
        raise ValueError(f"no defect {tag!r}; there are {', '.join(known)}")
    return known[tag]
