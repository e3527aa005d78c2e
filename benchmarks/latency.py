"""What does one run of an agent add to the latency of its model?"""

from harness.session import cell, measure

from .common import ENTRIES, RUNTIME, RUNTIMES, exact, one_run, samples, version

TOOL_ROUNDS = [0, 3]
INJECTED = [0.0, 0.02, 0.2]


def added_cell(runtime, entry, injected):
    """Back to back without model latency; with it, arrivals 8 ms apart, so waits overlap."""
    if injected == 0:
        return cell("back_to_back", runtime, mode=entry)
    return cell("arrivals", runtime, mode=entry, latency=injected)


class Run:
    """One run without model latency: everything measured is the framework's own."""

    params = (RUNTIMES, ENTRIES, TOOL_ROUNDS)
    param_names = ("runtime", "entry", "tool_rounds")
    version = version(1)
    rounds = 4
    sample_time = 0.02
    warmup_time = 0.1
    repeat = (2, 5, 0.2)

    def time_run(self, runtime, entry, tool_rounds):
        """Seconds of one run by one caller."""
        one_run(runtime, entry, tool_rounds)()

    def peakmem_runs(self, runtime, entry, tool_rounds):
        """Peak resident bytes of a process that makes 200 runs."""
        run = one_run(runtime, entry, tool_rounds)
        for _ in range(200):
            run()

    peakmem_runs.rounds = 1


class Exact:
    """What one run does, counted: any change of a per cent is a change of the code."""

    params = (RUNTIMES, ENTRIES, TOOL_ROUNDS)
    param_names = ("runtime", "entry", "tool_rounds")
    version = version(1)

    def setup_cache(self):
        return measure(
            (
                cell("calls_run", runtime, mode=entry, tool_rounds=rounds)
                for entry in ENTRIES
                for rounds in TOOL_ROUNDS
                for runtime in RUNTIMES
            ),
            exact=True,
        )

    def track_calls(self, measured, runtime, entry, tool_rounds):
        """Python calls of one run, over all threads."""
        this = cell("calls_run", runtime, mode=entry, tool_rounds=tool_rounds)
        return exact(measured, this, "calls")

    track_calls.unit = "calls"


class OverFloor:
    """The framework against the floor in the same process, in turn: holds across machines."""

    params = (ENTRIES, TOOL_ROUNDS)
    param_names = ("entry", "tool_rounds")
    version = version(1)

    def setup_cache(self):
        return measure(
            cell("over_floor", RUNTIME, mode=entry, tool_rounds=rounds)
            for entry in ENTRIES
            for rounds in TOOL_ROUNDS
        )

    def track_cpu_ratio(self, measured, entry, tool_rounds):
        """CPU seconds of one run over those of the floor."""
        this = cell("over_floor", RUNTIME, mode=entry, tool_rounds=tool_rounds)
        return samples(measured, this, "ratio")

    track_cpu_ratio.unit = "times the floor"


class Added:
    """Added latency: from the moment a request is due to its reply, less the model's latency."""

    params = (RUNTIMES, ENTRIES, INJECTED)
    param_names = ("runtime", "entry", "injected_seconds")
    version = version(1)

    def setup_cache(self):
        return measure(
            added_cell(runtime, entry, injected)
            for entry in ENTRIES
            for injected in INJECTED
            for runtime in RUNTIMES
        )

    def track_p50(self, measured, runtime, entry, injected):
        """Median added latency, seconds."""
        return samples(measured, added_cell(runtime, entry, injected), "added_p50")

    def track_p95(self, measured, runtime, entry, injected):
        """95th percentile of added latency, seconds."""
        return samples(measured, added_cell(runtime, entry, injected), "added_p95")

    def track_p99(self, measured, runtime, entry, injected):
        """99th percentile of added latency, seconds."""
        return samples(measured, added_cell(runtime, entry, injected), "added_p99")

    track_p50.unit = track_p95.unit = track_p99.unit = "seconds"
