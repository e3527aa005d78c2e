"""What does one run of an agent add to the latency of its model?"""

from functools import partial

from harness.instruments.work import running

from .declared import (
    ENTRIES,
    RUNTIMES,
    TOOL_ROUNDS,
    Parametrized,
    Tracked,
    counted,
    exact,
    ratio,
    session,
    size,
    tracked,
    version,
)
from .timed import Timed, on_loop, prepared, runtime_of

RUN = {"runtime": RUNTIMES, "entry": ENTRIES, "tool_rounds": TOOL_ROUNDS}


@prepared
def one_run(name, entry, tool_rounds):
    """A callable that makes one checked run without model latency."""
    return partial(running(runtime_of(name), entry, tool_rounds, on_loop).run, 1)


class Run(Timed):
    """One run without model latency: everything measured is the framework's own."""

    axes = RUN

    def time_run(self, ready, runtime, entry, tool_rounds):
        """Seconds of one run by one caller."""
        one_run(runtime, entry, tool_rounds)()


class Memory(Parametrized):
    """The memory of a process that makes runs; floor and framework each in one of its own."""

    axes = RUN

    def peakmem_runs(self, runtime, entry, tool_rounds):
        """Peak resident bytes of a process that makes 200 runs."""
        run = one_run(runtime, entry, tool_rounds)
        for _ in range(200):
            run()


class Latency(Tracked):
    """Measured once for all classes below."""

    def setup_cache(self):
        return session(Added, OverFloor, Counted, FirstRun)


class Counted(Latency):
    """What one run does, counted: a change of one per cent is a change of the code."""

    axes = RUN
    track_calls = counted("calls_run.calls", "Python calls of one run, over all threads.")
    track_model_requests = counted("calls_run.requests", "Model requests that one run makes.")
    track_lines = counted("lines_run.lines", "Lines of Python that one run executes.")
    track_lines.version = version(2)
    track_peak_bytes = size(
        "peak_run.peak_bytes", "Bytes that one run needs beyond those at its start."
    )
    track_peak_bytes.version = version(2)
    track_retained_bytes = size(
        "retained_run.retained_bytes", "Bytes that one run leaves behind, in steps of 64.", exact
    )


class FirstRun(Latency):
    """The first run of a process that has imported the framework and built one agent."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES}
    track_seconds = tracked("first_run.seconds", "Wall seconds of the first run.")
    track_calls = counted(
        "calls_first_run.calls", "Python calls of the first run, over all threads."
    )
    track_calls.version = version(2)


class OverFloor(Latency):
    """The framework against the floor in the same process, in turn: holds across machines."""

    axes = {"entry": ENTRIES, "tool_rounds": TOOL_ROUNDS}
    track_cpu_ratio = ratio(
        "over_floor.ratio", "CPU seconds of one run over those of the floor.", "times the floor"
    )


class Added(Latency):
    """Added latency: from the moment a request is due to its reply, less the model's latency."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES, "injected_seconds": [0.0, 0.02, 0.2]}
    renamed = {"injected_seconds": "latency"}
    track_p50 = tracked("added_latency.added_p50", "Median added latency.")
    track_p95 = tracked("added_latency.added_p95", "95th percentile of added latency.")
    track_p99 = tracked("added_latency.added_p99", "99th percentile of added latency.")
