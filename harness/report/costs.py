"""The sections about what is there before, besides and after a run: startup, agents, resources."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from harness.common.numbers import figure
from harness.rendering.tables import markdown
from harness.report.sections import any_of, told, who
from harness.results.series import FLOOR, Series

STARTUP = (
    ("import: wall time", "startup.Import.track_seconds"),
    ("import: CPU time", "startup.Import.track_cpu_seconds"),
    ("import: memory", "startup.Import.track_bytes"),
    ("import: modules", "startup.Import.track_modules"),
    ("import: calls", "startup.Import.track_calls"),
    ("build an agent: CPU time", "startup.Build.track_cpu_seconds"),
    ("build an agent: memory it holds", "startup.Build.track_bytes"),
    ("build an agent: calls", "startup.Build.track_calls"),
)
HELD = (
    ("memory kept by each further run", "resources.Leak.track_bytes_per_run"),
    ("threads left behind", "resources.Leftovers.track_threads"),
    ("descriptors left behind", "resources.Leftovers.track_descriptors"),
    ("longest time the event loop stood still", "resources.EventLoop.track_longest_block"),
    ("peak memory of 200 runs", "latency.Memory.peakmem_runs"),
)
VIRTUAL = (
    ("burst, times one request", "virtual.AtOnce.track_makespan"),
    ("makespan / critical path", "virtual.Workflow.track_makespan"),
    ("added p95 under load", "virtual.Arrivals.track_added_p95"),
)
LOAD = (
    ("added p95", "load.Load.track_added_p95"),
    ("added p99", "load.Load.track_added_p99"),
    ("CPU a request", "load.Load.track_cpu_seconds_per_request"),
    ("failed runs, of all", "load.Load.track_error_rate"),
    ("lateness of the generator, p95", "load.Load.track_generator_lateness"),
)
STREAMING = (
    ("added time to first token, p50", "streaming.FirstToken.track_added_p50"),
    ("added time to first token, p95", "streaming.FirstToken.track_added_p95"),
    ("added time between tokens, p50", "streaming.BetweenTokens.track_added_p50"),
    ("added time between tokens, p95", "streaming.BetweenTokens.track_added_p95"),
    ("calls of a streamed run", "streaming.Exact.track_calls"),
)
HTTP = (
    ("added latency, p50", "over_http.Run.track_added_p50"),
    ("added latency, p95", "over_http.Run.track_added_p95"),
    ("calls", "over_http.Run.track_calls"),
)
TRACING = (
    ("CPU, times untraced", "observability.Traced.track_over_untraced"),
    ("calls added", "observability.Traced.track_calls"),
    ("spans", "observability.Traced.track_spans"),
)


def startup(series: Series) -> list[str]:
    """Importing the framework and building an agent; the floor imports asyncio."""
    return _beside_floor(series, STARTUP)


def resources(series: Series) -> list[str]:
    """What runs hold on to."""
    return _beside_floor(series, HELD)


def load(series: Series) -> list[str]:
    """What arriving requests wait for."""
    return told(
        "Open loop: requests arrive on schedule, whether earlier ones are done or not, and their "
        "latency counts from the moment they were due.",
        _beside_floor(series, LOAD),
    )


def streaming(series: Series) -> list[str]:
    """When a streamed reply arrives."""
    return _beside_floor(series, STREAMING)


def over_http(series: Series) -> list[str]:
    """The framework's own client against a model server."""
    return told(
        "The same runs with a model behind a real socket, asked by the framework's own client; the "
        "floor's is the barest client there is.",
        _beside_floor(series, HTTP),
    )


def tracing(series: Series) -> list[str]:
    """The framework's own tracing, on against off in turn in one process."""
    rows = []
    for label, name in TRACING:
        unit = series.benchmarks.get(name, {}).get("unit", "")
        for entry, rounds in itertools.product(
            series.values(name, "entry"), series.values(name, "tool_rounds")
        ):
            found = series.newest.get(name, entry, rounds)
            if found is not None:
                rows.append([label, str(entry), str(rounds), figure(found, unit)])
    return markdown(["figure", "entry", "tool rounds", series.runtime], rows)


def virtual(series: Series) -> list[str]:
    """Structure, on a virtual clock."""
    return told(
        "On a clock that jumps to the next timer: waiting is exact, CPU costs nothing, no noise.",
        _beside_floor(series, VIRTUAL),
    )


def _beside_floor(series: Series, wanted: Sequence[tuple[str, str]]) -> list[str]:
    """A row for each figure and each of its parameters besides the runtime."""
    rows = []
    for label, name in wanted:
        described = series.benchmarks.get(name)
        if described is None:
            continue
        others = [axis for axis in described["param_names"] if axis != "runtime"]
        for rest in itertools.product(*(series.values(name, axis) for axis in others)):
            found = [series.newest.get(name, runtime, *rest) for runtime in who(series)]
            if any_of(found[:1]):
                cells = [figure(one, described["unit"]) for one in found]
                rows.append([label, ", ".join(map(str, rest)), *cells])
    return markdown(["figure", "of", *who(series)], rows)


def shipped(series: Series) -> list[str]:
    """Each agent that the framework ships, on valid input."""
    name, rows = "agents.Shipped.time_run", []
    for agent in series.values(name, "agent"):
        found = [
            series.newest.get(what, agent)
            for what in (name, "agents.Counted.track_calls", "agents.Memory.peakmem_runs")
        ]
        if any_of(found):
            units = ("seconds", "calls", "bytes")
            cells = [figure(one, unit) for one, unit in zip(found, units, strict=True)]
            rows.append([f"`{agent}`", *cells])
    lines = markdown(["agent", "one run", "calls", "peak memory of 50 runs"], rows)
    return lines or ["No agent of the framework's own was measured.", ""]


def controls(series: Series) -> list[str]:
    """Work that never changes, over the releases: when it moves, the machine moved."""
    names = [name for name in series.benchmarks if name.startswith("controls.")]
    rows = [
        [
            release.name,
            *(figure(release.get(name), series.benchmarks[name]["unit"]) for name in names),
        ]
        for release in series.releases
        if any_of([release.get(name) for name in names])
    ]
    return markdown(["measured with", *(name.rpartition(".")[2] for name in names)], rows)


def floor_note(series: Series) -> str:
    """What the second column is."""
    return "" if series.runtime == FLOOR else "`floor` is the same script on bare Python."
