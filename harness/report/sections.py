"""The sections about the newest measured release: latency, concurrency, overlap, workflows.

Each function takes a series and returns Markdown lines; no lines where nothing was measured.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.common.numbers import NONE, figure, number, quantity
from harness.rendering.tables import markdown
from harness.results.figures import Figure
from harness.results.series import FLOOR, Series


def who(series: Series) -> list[str]:
    """The runtimes that stand side by side: the framework and the floor."""
    return [series.runtime] if series.runtime == FLOOR else [series.runtime, FLOOR]


def any_of(row: Sequence[Figure | None]) -> bool:
    """Whether a row has anything to show. The floor alone says nothing of a framework."""
    return any(found is not None for found in row)


def seconds_label(value: object) -> str:
    """An injected latency, as a label."""
    return quantity(float(str(value)), "seconds")


def told(text: str, lines: Sequence[str]) -> list[str]:
    """A paragraph before the lines it explains; nothing where there are none."""
    return [text, "", *lines] if lines else []


def times(found: Figure | None) -> str:
    """A ratio, such as a makespan over a critical path."""
    return NONE if found is None else f"{found.value:.2f}"


def latency(series: Series) -> list[str]:
    """Added latency beside the floor, and what one run costs without a model."""
    new, name = series.newest, "latency.Added.track_p50"
    rows = []
    for entry in series.values(name, "entry"):
        for injected in series.values(name, "injected_seconds"):
            found = [
                new.get(f"latency.Added.track_{p}", runtime, entry, injected)
                for runtime in who(series)
                for p in ("p50", "p95", "p99")
            ]
            if any_of(found[:3]):
                label = seconds_label(injected)
                rows.append([str(entry), label, *(figure(one, "seconds") for one in found)])
    head = [f"{runtime} {p}" for runtime in who(series) for p in ("p50", "p95", "p99")]
    added = told(
        "Added latency: from the moment a request was due to its reply, less what the model was "
        "made to wait (*injected*). In parentheses the 99 % interval of the median over processes.",
        markdown(["entry", "injected", *head], rows),
    )
    return added + _one_run(series)


def _one_run(series: Series) -> list[str]:
    new, name = series.newest, "latency.Run.time_run"
    rows = []
    for entry in series.values(name, "entry"):
        for rounds in series.values(name, "tool_rounds"):
            timed = [new.get(name, runtime, entry, rounds) for runtime in who(series)]
            counted = [
                new.get("latency.Counted.track_calls", r, entry, rounds) for r in who(series)
            ]
            ratio = new.get("latency.OverFloor.track_cpu_ratio", entry, rounds)
            if any_of([timed[0], counted[0], ratio]):
                cells = [figure(one, "seconds") for one in timed]
                cells += [figure(one, "calls") for one in counted] + [times(ratio)]
                rows.append([str(entry), str(rounds), *cells])
    head = [f"{what} {runtime}" for what in ("time,", "calls,") for runtime in who(series)]
    return told(
        "One run of an agent whose model answers at once:",
        markdown(["entry", "tool rounds", *head, "CPU, times the floor"], rows),
    )


def concurrency(series: Series) -> list[str]:
    """Bursts: requests per second beside seconds per request, errors and memory."""
    rows = []
    for scenario in ("AtOnce", "SlowModel"):
        name = f"scaling.{scenario}.track_seconds_per_request"
        for entry in series.values(name, "entry"):
            for count in series.values(name, "at_once"):
                rows += _burst(series, scenario, entry, count)
    head = ["model", "entry", "at once", "RPS", "seconds a request", "added p95", "errors"]
    return told(
        "That many requests at the same moment. RPS is the inverse of the seconds a request; most "
        "of it is the model's latency shared by the burst, so read it beside the floor's.",
        markdown([*head, "peak memory", "floor: RPS", "floor: added p95"], rows),
    )


def _burst(series: Series, scenario: str, entry: object, count: object) -> list[list[str]]:
    def get(what: str, runtime: str) -> Figure | None:
        return series.newest.get(f"scaling.{scenario}.{what}", runtime, entry, count)

    each = get("track_seconds_per_request", series.runtime)
    if each is None and get("track_error_rate", series.runtime) is None:
        return []
    errors = get("track_error_rate", series.runtime)
    return [
        [
            "200 ms" if scenario == "SlowModel" else "20 ms",
            str(entry),
            str(count),
            rate(each),
            figure(each, "seconds"),
            figure(get("track_added_p95", series.runtime), "seconds"),
            quantity(errors.value if errors else None, "share"),
            figure(get("peakmem_burst", series.runtime), "bytes"),
            rate(get("track_seconds_per_request", FLOOR)),
            figure(get("track_added_p95", FLOOR), "seconds"),
        ]
    ]


def rate(each: Figure | None) -> str:
    """Requests per second, of seconds a request."""
    return NONE if each is None or each.value <= 0 else number(1 / each.value)


def overlap(series: Series) -> list[str]:
    """What running at once buys over running in a row."""
    name, rows = "speedup.Overlap.track_fraction", []
    for entry in series.values(name, "entry"):
        for runs in series.values(name, "runs"):
            found = [series.newest.get(name, runtime, entry, runs) for runtime in who(series)]
            if any_of(found[:1]):
                cells = [cell for one in found for cell in (speedup(one), times3(one))]
                rows.append([str(entry), str(runs), *cells])
    head = [f"{runtime}: {what}" for runtime in who(series) for what in ("speedup", "fraction")]
    return told(
        "n runs at once against the same n one after another, both measured. The ideal speedup is "
        "n; the fraction is concurrent over sequential time, ideally 1/n.",
        markdown(["entry", "n (ideal speedup)", *head], rows),
    )


def speedup(fraction: Figure | None) -> str:
    """A speedup, of concurrent time as a fraction of sequential time."""
    return NONE if fraction is None or fraction.value <= 0 else f"{1 / fraction.value:.1f}x"


def times3(found: Figure | None) -> str:
    """A small fraction."""
    return NONE if found is None else f"{found.value:.3f}"


def workflows(series: Series) -> list[str]:
    """Makespans over the critical path, and what a step costs."""
    name, rows = "workflows.Workflow.track_makespan", []
    for entry in series.values(name, "entry"):
        for shape in series.values(name, "shape"):
            spans, calls, runs = (
                [series.newest.get(what, runtime, entry, shape) for runtime in who(series)]
                for what in (
                    name,
                    "workflows.Workflow.track_calls_per_step",
                    "workflows.Run.time_run",
                )
            )
            if any_of([spans[0], calls[0], runs[0]]):
                cells = [times(one) for one in spans] + [figure(one, "calls") for one in calls]
                rows.append([str(entry), str(shape), *cells, figure(runs[0], "seconds")])
    head = [
        f"{what} {runtime}"
        for what in ("makespan / critical path,", "calls a step,")
        for runtime in who(series)
    ]
    return told(
        "1.00 is the best any schedule can do. Run by `threads`, the floor does its steps one "
        "after another, too. Step prompts quote the outputs of the steps they need.",
        markdown(["entry", "shape", *head, "one run without model"], rows),
    )
