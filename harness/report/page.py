"""The whole page: what was measured on what, section by section, and what it cannot say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from harness.report import costs, headlines, over_releases, sections
from harness.results.series import Series, read

LIMITS = """\
- **The model is a script.** No language model was called: what a real one's latency, tokens, errors
  or limits do to an agent is not here. What is here is the framework's share of it.
- **A machine's seconds are its own.** Counts, virtual time and ratios carry over to other machines
  of the same Python version. Seconds and bytes compare only where the controls stood still.
- **Tails are small samples.** A p99 of 50 arrivals is the slowest of them. An interval is of the
  median over processes, not of the percentile; a figure without one had too few of them.
- **Added latency holds the timer's lateness, too.** With an injected latency the floor has it as
  well: read the difference to the floor, not the figure alone.
- **One adapter a framework.** Agents with one tool, short prompts, no memory. What a framework
  costs with long conversations is another question.
- **Not measured:** hours of stability, several machines at once, real model services.
"""

Section = tuple[str, Callable[[Series], list[str]]]
SECTIONS: tuple[Section, ...] = (
    ("Releases", over_releases.releases),
    ("Latency", sections.latency),
    ("Concurrency", sections.concurrency),
    ("Async against sequential", sections.overlap),
    ("Workflows", sections.workflows),
    ("Arriving load", costs.load),
    ("Streaming", costs.streaming),
    ("Over HTTP", costs.over_http),
    ("Tracing", costs.tracing),
    ("Structure, on a virtual clock", costs.virtual),
    ("Startup", costs.startup),
    ("Resources", costs.resources),
    ("Shipped agents", costs.shipped),
    ("Headline targets", headlines.headlines),
    ("Over the releases", over_releases.history),
    ("Counts: what changed between the releases", over_releases.counts),
    ("Controls", costs.controls),
    ("Not available, and why", over_releases.missing),
)


def page(config: Path) -> str:
    """The Markdown text for the results of a configuration; raises BadInput without any."""
    project, found = read(config)
    command = "python -m harness.report"
    if config.name != "asv.conf.json":
        folder = "targets/" if config.parent.name == "targets" else ""
        command += f" --config {folder}{config.name}"
    lines = [
        f"# Benchmark results: {project}",
        "",
        f"Generated from the results by `{command}`; do not edit. How to read a figure is told in "
        "[reading a number](reading-a-number.md). Lower is better, but for RPS and speedups.",
        "",
    ]
    for series in found:
        lines += _series(series)
    text = "\n".join([*lines, "## What these numbers cannot say", "", LIMITS])
    return text.rstrip("\n") + "\n"


def _series(series: Series) -> Sequence[str]:
    machine = series.machine
    told = [machine.get(key, "?") for key in ("cpu", "arch", "os")]
    told += [f"{machine.get('num_cpu', '?')} CPUs", f"{machine.get('ram', '?')} of memory"]
    lines = [
        f"## {machine.get('machine', '?')}, Python {series.python}",
        "",
        f"Machine: {', '.join(told)}. The sections on one release are about "
        f"**{series.newest.name}**, the newest that could be measured. {costs.floor_note(series)}",
        "",
    ]
    for title, section in SECTIONS:
        if body := section(series):
            lines += [f"### {title}", "", *body]
    return lines
