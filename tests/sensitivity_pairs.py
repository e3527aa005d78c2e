"""Pairs of runs made by hand, for the tests of the sensitivity study."""

from studies.sensitivity import rules
from studies.sensitivity.trials import (
    FULL,
    QUIET,
    SAME,
)


def pair(item=SAME, trial=1, head="cpu-2-clean", load=QUIET, base="base", **said):
    """A record; said: alarms by rule, or a note."""
    verdicts = {
        rule: rules.said([], 100, note=what) if isinstance(what, str) else rules.said(what, 100)
        for rule, what in ({"check": [], "compare": []} | said).items()
    }
    record = {"kind": "pair", "profile": FULL, "load": load, "trial": trial, "item": item}
    return record | {"base": base, "head": head, "seconds": 90.0, "rules": verdicts}
