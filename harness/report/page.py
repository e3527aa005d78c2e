"""The whole page: what was measured on what, section by section, and what it cannot say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.report import over_releases
from harness.report.headlines import headlines
from harness.report.sections import SECTIONS, section
from harness.results.series import FLOOR, Series, read

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


def page(config: Path) -> str:
    """The Markdown text for the results of a configuration; raises BadInput without any."""
    project, found = read(config)
    command = "python -m harness report"
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
        lines += _series(series, config)
    text = "\n".join([*lines, "## What these numbers cannot say", "", LIMITS])
    return text.rstrip("\n") + "\n"


def _series(series: Series, config: Path) -> Iterator[str]:
    machine = series.machine
    told = [machine.get(key, "?") for key in ("cpu", "arch", "os")]
    told += [f"{machine.get('num_cpu', '?')} CPUs", f"{machine.get('ram', '?')} of memory"]
    yield f"## {machine.get('machine', '?')}, Python {series.python}"
    yield ""
    yield (
        f"Machine: {', '.join(told)}. The sections on one release are about "
        f"**{series.newest.name}**, the newest that could be measured."
        + (" `floor` is the same script on bare Python." if series.runtime != FLOOR else "")
    )
    yield ""
    for title, text, body in _sections(series, config):
        if body:
            yield from (f"### {title}", "", *([text, ""] if text else []), *body)


def _sections(series: Series, config: Path) -> Iterator[tuple[str, str, list[str]]]:
    yield "Releases", "", over_releases.releases(series)
    for each in SECTIONS:
        yield each.title, each.text, section(series, each.figures)
    yield "Service levels", "", headlines(series, config)
    yield "Over the releases", "", over_releases.history(series)
    yield "Counts: what changed between the releases", "", over_releases.counts(series)
    yield "Controls", "", over_releases.controls(series)
    yield "Not available, and why", "", over_releases.missing(series)
