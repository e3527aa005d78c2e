"""The half of `quick` that runs in the interpreter of the framework."""

from typing import Any

from harness import measures, runtimes
from harness.instruments.resources.monitor import Monitor


def perform(runtime: str, measure: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The figures of a measure, the peak of this process's memory, and what was measured."""
    loaded = runtimes.load(runtime)
    loaded.load()
    with Monitor(interval=0.02) as monitor:
        figures = measures.find(measure)(loaded, **arguments)
    return {
        **figures,
        "memory": monitor.summary["rss"]["peak"],
        "version": " ".join(filter(None, (loaded.package or loaded.name, loaded.version()))),
    }
