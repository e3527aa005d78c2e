"""The defects that are planted: what each is, how big, and which benchmarks must show it."""

from __future__ import annotations

from studies.planted.costs import COSTS
from studies.planted.edits import Defect, Edit
from studies.planted.faults import FAULTS

__all__ = ["DEFECTS", "Defect", "Edit", "named"]

DEFECTS = (*COSTS, *FAULTS)


def named(tag: str) -> Defect:
    """The defect of that tag; ValueError if there is none."""
    for defect in DEFECTS:
        if defect.tag == tag:
            return defect
    known = ", ".join(defect.tag for defect in DEFECTS)
    raise ValueError(f"no defect {tag!r}; there are {known}")
