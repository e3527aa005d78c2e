"""One experiment in a process of its own, in the framework's environment."""

from __future__ import annotations

import platform
from typing import Any

from harness import runtimes
from harness.runtimes.base import Runtime
from studies.rounds import in_turn
from studies.tuning import waiting, work
from studies.tuning.experiment import EXPERIMENTS, Experiment

__all__ = ["EXPERIMENTS", "perform", "rounds_of", "waiting", "work"]


def rounds_of(experiment: Experiment, runtime: Runtime, rounds: int) -> dict[str, Any]:
    """{"before": {figure: one value per round}, "after": the same}."""
    names = [figure.name for figure in experiment.figures]
    with experiment.sides(runtime) as sides:
        found = in_turn(dict(zip(("before", "after"), sides, strict=True)), rounds, warm_up=1)
    return {when: {name: values[name] for name in names} for when, values in found.items()}


def perform(runtime: str, experiment: str, rounds: int | None) -> dict[str, Any]:
    """{"package", "version", "python", "before", "after"}.

    rounds: None for as many as the experiment has.
    """
    wanted = EXPERIMENTS[experiment]
    loaded = runtimes.load(runtime)
    loaded.load()
    found = rounds_of(wanted, loaded, rounds or wanted.rounds)
    told = {"package": loaded.package, "version": loaded.version()}
    return told | {"python": platform.python_version()} | found
