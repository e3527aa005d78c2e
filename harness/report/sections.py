"""What the page shows of the newest measured release: figures by section, and one way to show them.

A figure is a label and a benchmark; unit and parameters are those that asv keeps of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.check.report import familiar
from harness.common.numbers import NONE, figure
from harness.rendering.tables import markdown
from harness.results.result import Result
from harness.results.series import FLOOR, Series

Wanted = Sequence[tuple[str, str]]  # (label, benchmark)
WIDE = 4
"""Figures that fit side by side, each with its floor."""


@dataclass(frozen=True)
class Section:
    """A title, what is said before the table, and the figures in it."""

    title: str
    text: str
    figures: Wanted


SECTIONS = (
    Section(
        "Latency",
        "Added latency: from the moment a request was due to its reply, less what the model was "
        "made to wait (*injected*). In parentheses the 99 % interval of the median over processes.",
        [(p, f"latency.Added.track_{p}") for p in ("p50", "p95", "p99")],
    ),
    Section(
        "One run",
        "One run of an agent whose model answers at once.",
        [
            ("time", "latency.Run.time_run"),
            ("calls", "latency.Counted.track_calls"),
            ("CPU, times the floor", "latency.OverFloor.track_cpu_ratio"),
            ("peak memory of 200 runs", "latency.Memory.peakmem_runs"),
        ],
    ),
    Section(
        "Concurrency, a model of 20 ms",
        "That many requests at the same moment. RPS is the inverse of the seconds per request; "
        "most of it is the model's latency shared by the burst, so read it beside the floor's.",
        [
            ("seconds per request", "scaling.AtOnce.track_seconds_per_request"),
            ("added p95", "scaling.AtOnce.track_added_p95"),
            ("errors", "scaling.AtOnce.track_error_rate"),
            ("peak memory", "scaling.AtOnce.peakmem_burst"),
        ],
    ),
    Section(
        "Concurrency, a model of 200 ms",
        "",
        [
            ("seconds per request", "scaling.SlowModel.track_seconds_per_request"),
            ("added p95", "scaling.SlowModel.track_added_p95"),
        ],
    ),
    Section(
        "Async against sequential",
        "n runs at once against the same n one after another, both measured: concurrent over "
        "sequential time, ideally 1/n, and the speedup, ideally n.",
        [("of sequential time", "speedup.Overlap.track_fraction")],
    ),
    Section(
        "Workflows",
        "A makespan of 1.00 is the best any schedule can do. Run by `threads`, the floor does its "
        "steps one after another, too. Step prompts quote the outputs of the steps they need.",
        [
            ("makespan / critical path", "workflows.Workflow.track_makespan"),
            ("calls per step", "workflows.Workflow.track_calls_per_step"),
            ("one run without model", "workflows.Run.time_run"),
        ],
    ),
    Section(
        "Arriving load",
        "Open loop: requests arrive on schedule, whether earlier ones are done or not, and their "
        "latency counts from the moment they were due.",
        [
            ("added p95", "load.Load.track_added_p95"),
            ("added p99", "load.Load.track_added_p99"),
            ("CPU per request", "load.Load.track_cpu_seconds_per_request"),
            ("failed runs, of all", "load.Load.track_error_rate"),
            ("lateness of the generator, p95", "load.Load.track_generator_lateness"),
        ],
    ),
    Section(
        "Streaming",
        "",
        [
            ("added time to first token, p50", "streaming.FirstToken.track_added_p50"),
            ("added time to first token, p95", "streaming.FirstToken.track_added_p95"),
            ("added time between tokens, p50", "streaming.BetweenTokens.track_added_p50"),
            ("added time between tokens, p95", "streaming.BetweenTokens.track_added_p95"),
            ("calls of a streamed run", "streaming.Exact.track_calls"),
        ],
    ),
    Section(
        "Over HTTP",
        "The same runs with a model behind a real socket, asked by the framework's own client; the "
        "floor's is the barest there is.",
        [
            ("added latency, p50", "over_http.Run.track_added_p50"),
            ("added latency, p95", "over_http.Run.track_added_p95"),
            ("calls", "over_http.Run.track_calls"),
        ],
    ),
    Section(
        "Tracing",
        "",
        [
            ("CPU, times untraced", "observability.Traced.track_over_untraced"),
            ("calls added", "observability.Traced.track_calls"),
            ("spans", "observability.Traced.track_spans"),
        ],
    ),
    Section(
        "Structure, on a virtual clock",
        "On a clock that jumps to the next timer: waiting is exact, CPU costs nothing, no noise.",
        [
            ("burst, times one request", "virtual.AtOnce.track_makespan"),
            ("makespan / critical path", "virtual.Workflow.track_makespan"),
            ("added p95 under load", "virtual.Arrivals.track_added_p95"),
        ],
    ),
    Section(
        "Startup",
        "",
        [
            ("import: wall time", "startup.Import.track_seconds"),
            ("import: CPU time", "startup.Import.track_cpu_seconds"),
            ("import: memory", "startup.Import.track_bytes"),
            ("import: modules", "startup.Import.track_modules"),
            ("import: calls", "startup.Import.track_calls"),
            ("build an agent: CPU time", "startup.Build.track_cpu_seconds"),
            ("build an agent: memory it holds", "startup.Build.track_bytes"),
            ("build an agent: calls", "startup.Build.track_calls"),
        ],
    ),
    Section(
        "Resources",
        "",
        [
            ("CPU per request, so many at once", "scaling.AtOnce.track_cpu_seconds_per_request"),
            ("CPU while 50 runs a second arrive", "resources.Load.track_cpu"),
            ("memory kept by each further run", "resources.Leak.track_bytes_per_run"),
            ("threads left behind", "resources.Leftovers.track_threads"),
            ("descriptors left behind", "resources.Leftovers.track_descriptors"),
            ("longest time the event loop stood still", "resources.EventLoop.track_longest_block"),
        ],
    ),
    Section(
        "Shipped agents",
        "",
        [
            ("one run", "agents.Shipped.time_run"),
            ("calls", "agents.Counted.track_calls"),
            ("peak memory of 50 runs", "agents.Memory.peakmem_runs"),
        ],
    ),
)


def section(series: Series, wanted: Wanted) -> list[str]:
    """The table of these figures, framework and floor side by side; none without any of them.

    A row for each combination of parameters where a few figures have the same ones, else for each
    figure and combination.
    """
    known = [(label, name) for label, name in wanted if name in series.benchmarks]
    axes = [_axes(series, name) for _, name in known]
    if axes and axes[0] and len(axes) <= WIDE and all(each == axes[0] for each in axes):
        return _by_parameters(series, known, axes[0])
    rows = []
    for (label, name), each in zip(known, axes, strict=True):
        for of in itertools.product(*each.values()):
            cells = _cells(series, name, of)
            rows.append([label, ", ".join(map(str, of)), *cells, *[NONE] * (2 - len(cells))])
    shown = [row[: 2 + len(who(series))] for row in rows if row[2] != NONE]
    return markdown(["figure", "of", *who(series)], shown)


def _by_parameters(
    series: Series, known: Wanted, axes: Mapping[str, Sequence[object]]
) -> list[str]:
    head = [axis.replace("_", " ") for axis in axes]
    for label, name in known:
        head += [f"{label}, {one}" for one in who(series)] if _has_floor(series, name) else [label]
    rows = []
    for of in itertools.product(*axes.values()):
        cells = [_cells(series, name, of) for _, name in known]
        if any(each[0] != NONE for each in cells):  # the floor alone says nothing of a framework
            rows.append([*map(str, of), *itertools.chain(*cells)])
    return markdown(head, rows)


def _axes(series: Series, name: str) -> dict[str, list[object]]:
    """The parameters of a benchmark, but for the runtime, and their values."""
    names = series.benchmarks[name]["param_names"]
    return {axis: series.values(name, axis) for axis in names if axis != "runtime"}


def _has_floor(series: Series, name: str) -> bool:
    return "runtime" in series.benchmarks[name]["param_names"]


def _cells(series: Series, name: str, of: Sequence[object]) -> list[str]:
    """A figure of the framework, and beside it the floor's where there is one."""
    if not _has_floor(series, name):
        return [told(series, name, series.newest, *of)]
    return [told(series, name, series.newest, one, *of) for one in who(series)]


def told(series: Series, name: str, release: Result, *params: object) -> str:
    """A figure as it is shown: with its interval, and in the form that people know it in."""
    found, unit = release.get(name, *params), series.benchmarks[name]["unit"]
    known = familiar(name, unit, found.value) if found else ""
    return ": ".join(filter(None, [figure(found, unit), known]))


def who(series: Series) -> list[str]:
    """The runtimes that stand side by side: the framework and the floor."""
    return [series.runtime] if series.runtime == FLOOR else [series.runtime, FLOOR]
