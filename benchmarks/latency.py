"""What does one run of an agent add to the latency of its model?"""

from harness.instruments.arrivals.drivers import WrongReply
from harness.session.session import cell, measure
from harness.workload.model import Model
from harness.workload.script import Script, prompt_of, reply_of

from .common import (
    ENTRIES,
    RUNTIME,
    RUNTIMES,
    Timed,
    caller,
    exact,
    figure,
    grid,
    prepared,
    runtime_of,
    samples,
    version,
)

TOOL_ROUNDS = [0, 3]
INJECTED = [0.0, 0.02, 0.2]


def counted_cell(kind, runtime, entry, tool_rounds):
    """kind: "calls", "lines" or "memory"."""
    return cell(f"{kind}_run", runtime, entry=entry, tool_rounds=tool_rounds)


def ratio_cell(entry, tool_rounds):
    return cell("over_floor", RUNTIME, entry=entry, tool_rounds=tool_rounds)


def added_cell(runtime, entry, injected):
    """Back to back without model latency; with it, arrivals 5 ms apart, so waits overlap."""
    if injected == 0:
        return cell("back_to_back", runtime, entry=entry)
    return cell("arrivals", runtime, entry=entry, latency=injected)


@prepared
def one_run(name, entry, tool_rounds):
    """A callable that makes one checked run without model latency."""
    agent = runtime_of(name).agent(Model(Script(tool_rounds=tool_rounds)))
    prompt, expected = prompt_of(1), reply_of(1)
    run = caller(lambda: (agent.run if entry == "threads" else agent.arun)(prompt), entry)

    def call():
        if (reply := run()) != expected:
            raise WrongReply(f"expected {expected!r}, got {reply!r}")

    return call


class Run(Timed):
    """One run without model latency: everything measured is the framework's own."""

    params = (RUNTIMES, ENTRIES, TOOL_ROUNDS)
    param_names = ("runtime", "entry", "tool_rounds")
    version = version(1)
    rounds = 4

    def time_run(self, ready, runtime, entry, tool_rounds):
        """Seconds of one run by one caller."""
        one_run(runtime, entry, tool_rounds)()


class Memory:
    """The memory of a process that makes runs; floor and framework each in one of its own."""

    params = (RUNTIMES, ENTRIES, TOOL_ROUNDS)
    param_names = ("runtime", "entry", "tool_rounds")
    version = version(1)

    def peakmem_runs(self, runtime, entry, tool_rounds):
        """Peak resident bytes of a process that makes 200 runs."""
        run = one_run(runtime, entry, tool_rounds)
        for _ in range(200):
            run()


class Latency:
    """Measured once for all classes below."""

    version = version(1)

    def setup_cache(self):
        added = [added_cell(*which) for which in grid(ENTRIES, INJECTED)]
        ratios = [ratio_cell(entry, rounds) for entry in ENTRIES for rounds in TOOL_ROUNDS]
        counted = [
            counted_cell(kind, *which)
            for kind in ("calls", "lines", "memory")
            for which in grid(ENTRIES, TOOL_ROUNDS)
        ]
        return measure(added + ratios).update(measure(counted, exact=True))


class Counted(Latency):
    """What one run does, counted: a change of one per cent is a change of the code."""

    params = (RUNTIMES, ENTRIES, TOOL_ROUNDS)
    param_names = ("runtime", "entry", "tool_rounds")

    @figure("calls", "counts")
    def track_calls(self, measured, runtime, entry, tool_rounds):
        """Python calls of one run, over all threads."""
        return exact(measured, counted_cell("calls", runtime, entry, tool_rounds), "calls")

    @figure("requests", "counts")
    def track_model_requests(self, measured, runtime, entry, tool_rounds):
        """Model requests of one run, as many as the framework makes."""
        return exact(measured, counted_cell("calls", runtime, entry, tool_rounds), "requests")

    @figure("lines", "counts")
    def track_lines(self, measured, runtime, entry, tool_rounds):
        """Lines of Python executed by one run, over all threads."""
        return exact(measured, counted_cell("lines", runtime, entry, tool_rounds), "lines")

    @figure("bytes", "absolutes")
    def track_peak_bytes(self, measured, runtime, entry, tool_rounds):
        """Bytes of Python memory that one run needs beyond what was there at its start."""
        return exact(measured, counted_cell("memory", runtime, entry, tool_rounds), "peak_bytes")

    @figure("bytes", "absolutes")
    def track_retained_bytes(self, measured, runtime, entry, tool_rounds):
        """Bytes of Python memory that one run leaves behind, in steps of 512."""
        this = counted_cell("memory", runtime, entry, tool_rounds)
        return exact(measured, this, "retained_bytes")


class OverFloor(Latency):
    """The framework against the floor in the same process, in turn: holds across machines."""

    params = (ENTRIES, TOOL_ROUNDS)
    param_names = ("entry", "tool_rounds")

    @figure("times the floor", "ratios")
    def track_cpu_ratio(self, measured, entry, tool_rounds):
        """CPU seconds of one run over those of the floor."""
        return samples(measured, ratio_cell(entry, tool_rounds), "ratio")


class Added(Latency):
    """Added latency: from the moment a request is due to its reply, less the model's latency."""

    params = (RUNTIMES, ENTRIES, INJECTED)
    param_names = ("runtime", "entry", "injected_seconds")

    @figure("seconds", "absolutes")
    def track_p50(self, measured, runtime, entry, injected):
        """Median added latency, seconds."""
        return samples(measured, added_cell(runtime, entry, injected), "added_p50")

    @figure("seconds", "absolutes")
    def track_p95(self, measured, runtime, entry, injected):
        """95th percentile of added latency, seconds."""
        return samples(measured, added_cell(runtime, entry, injected), "added_p95")

    @figure("seconds", "absolutes")
    def track_p99(self, measured, runtime, entry, injected):
        """99th percentile of added latency, seconds."""
        return samples(measured, added_cell(runtime, entry, injected), "added_p99")
