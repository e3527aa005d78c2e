"""One experiment in this process, which `studies.tuning.cli` has started for it."""

from __future__ import annotations

import gc
from typing import Any

from harness import runtimes
from harness.runtimes.base import Runtime
from studies.tuning import limits, starting, waiting, work
from studies.tuning.experiment import Experiment

EXPERIMENTS: dict[str, Experiment] = {
    each.name: each
    for each in (
        waiting.overlapped,
        limits.queued,
        limits.rejected,
        work.kept_alive,
        work.cached,
        work.built_once,
        starting.lazy,
        work.untraced,
        waiting.off_the_loop,
    )
}
"""All of them, in the order of the page."""

Samples = dict[str, list[float]]


def rounds_of(experiment: Experiment, runtime: Runtime, rounds: int) -> dict[str, Samples]:
    """{"before": {figure: one value a round}, "after": the same}; the first round is dropped.

    The sides alternate, so a machine that gets slower makes both slower.
    """
    names = [figure.name for figure in experiment.figures]
    kept: dict[str, Samples] = {when: {name: [] for name in names} for when in ("before", "after")}
    with experiment.sides(runtime) as sides:
        for index in range(rounds + 1):
            for when, side in zip(kept, sides, strict=True):
                gc.collect()
                found = side()
                for name in names:
                    if index:
                        kept[when][name].append(found[name])
    return kept


def perform(runtime: str, experiment: str, rounds: int | None) -> dict[str, Any]:
    """{"package", "version", "before", "after"}.

    rounds: None for as many as the experiment has.
    """
    wanted = EXPERIMENTS[experiment]
    loaded = runtimes.load(runtime)
    loaded.load()
    found: dict[str, Any] = dict(rounds_of(wanted, loaded, rounds or wanted.rounds))
    return {"package": loaded.package, "version": loaded.version()} | found
