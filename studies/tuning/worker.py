"""One experiment in a process of its own, in the framework's environment."""

from __future__ import annotations

import platform
from typing import Any

from harness import runtimes
from harness.runtimes.base import Runtime
from studies.rounds import in_turn
from studies.tuning import waiting, work
from studies.tuning.experiment import EXPERIMENTS

__all__ = ["EXPERIMENTS", "perform", "rounds_of", "waiting", "work"]


def rounds_of(name: str, runtime: Runtime, rounds: int | None = None) -> dict[str, Any]:
    """{"before": {figure: one value per round}, "after": the same}; None: its own number."""
    experiment = EXPERIMENTS[name]
    with experiment.sides(runtime) as (before, after):
        return in_turn({"before": before, "after": after}, rounds or experiment.rounds, warm_up=1)


def perform(runtime: str, experiment: str, rounds: int | None) -> dict[str, Any]:
    """What `rounds_of` returns, with {"package", "version", "python"}."""
    loaded = runtimes.load(runtime)
    loaded.load()
    told = {"package": loaded.package, "version": loaded.version()}
    found = rounds_of(experiment, loaded, rounds)
    return told | {"python": platform.python_version()} | found
