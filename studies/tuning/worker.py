"""The experiments, and one of them in a process of its own, in the framework's environment."""

import contextlib
import platform
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from harness import runtimes
from harness.runtimes.base import Runtime
from studies.tuning import waiting, work
from studies.tuning.rounds import Sides, in_turn

EXPERIMENTS: dict[str, tuple[Callable[[Runtime], Iterator[Sides]], int]] = {
    "asyncio": (waiting.overlapped, 11),
    "bounded-queue": (partial(waiting.bounded, bound=2 * waiting.SLOTS, reject=False), 7),
    "bounded-reject": (partial(waiting.bounded, bound=waiting.SLOTS, reject=True), 9),
    "to-thread": (waiting.off_the_loop, 15),
    "connections": (work.kept_alive, 9),
    "caching": (work.cached, 11),
    "build-once": (work.built_once, 15),
    "lazy-imports": (work.lazy, 7),
    "tracing": (work.untraced, 15),
}
"""By name: a generator of the two sides, which yields them once or raises NotImplementedError with
the reason why they cannot be measured, and the number of rounds. page.md has their words."""


def rounds_of(name: str, runtime: Runtime, rounds: int | None = None) -> dict[str, Any]:
    """{"before": {figure: one value per round}, "after": the same}; None: its own number."""
    sides, usual = EXPERIMENTS[name]
    with contextlib.contextmanager(sides)(runtime) as (before, after):
        return in_turn({"before": before, "after": after}, rounds or usual, warm_up=1)


def perform(runtime: str, experiment: str, rounds: int | None) -> dict[str, Any]:
    """What `rounds_of` returns, with {"package", "version", "python"}."""
    loaded = runtimes.load(runtime)
    loaded.load()
    about = {"package": loaded.package, "version": loaded.version()}
    found = rounds_of(experiment, loaded, rounds)
    return about | {"python": platform.python_version()} | found
