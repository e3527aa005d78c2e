"""What does one run cost when its model answers over HTTP? The framework's own client."""

from harness.measures.servers import shared
from harness.session.session import cell, measure
from harness.workload.script import Script

from .common import ENTRIES, RUNTIME, RUNTIMES, exact, figure, grid, samples, version

TOOL_ROUNDS = [0, 3]


def added_cell(runtime, entry, tool_rounds):
    return cell("http_back_to_back", runtime, entry=entry, tool_rounds=tool_rounds)


def calls_cell(runtime, entry, tool_rounds):
    return cell("http_calls", runtime, entry=entry, tool_rounds=tool_rounds)


def ratio_cell(entry, tool_rounds):
    return cell("http_over_floor", RUNTIME, entry=entry, tool_rounds=tool_rounds)


class Http:
    """Measured once for all classes below.

    The model server is a process beside, and has no latency of its own. The floor's client is
    the barest there is; what server and network take is in both.
    """

    version = version(1)

    def setup_cache(self):
        added = [added_cell(*which) for which in grid(ENTRIES, TOOL_ROUNDS)]
        ratios = [ratio_cell(entry, rounds) for entry in ENTRIES for rounds in TOOL_ROUNDS]
        counted = [calls_cell(*which) for which in grid(ENTRIES, TOOL_ROUNDS)]
        with shared(*(Script(tool_rounds=rounds) for rounds in TOOL_ROUNDS)):
            return measure(added + ratios).update(measure(counted, exact=True))


class Run(Http):
    """Runs of one caller, one after another."""

    params = (RUNTIMES, ENTRIES, TOOL_ROUNDS)
    param_names = ("runtime", "entry", "tool_rounds")

    @figure("seconds", "absolutes")
    def track_added_p50(self, measured, runtime, entry, tool_rounds):
        """Median latency of a run, seconds."""
        return samples(measured, added_cell(runtime, entry, tool_rounds), "added_p50")

    @figure("seconds", "absolutes")
    def track_added_p95(self, measured, runtime, entry, tool_rounds):
        """95th percentile of the latency of a run, seconds."""
        return samples(measured, added_cell(runtime, entry, tool_rounds), "added_p95")

    @figure("calls", "counts")
    def track_calls(self, measured, runtime, entry, tool_rounds):
        """Python calls of one run; n/a where they depend on what arrived when."""
        return exact(measured, calls_cell(runtime, entry, tool_rounds), "calls")


class OverFloor(Http):
    """The framework with its client against the floor with its own, in the same process."""

    params = (ENTRIES, TOOL_ROUNDS)
    param_names = ("entry", "tool_rounds")

    @figure("times the floor", "ratios")
    def track_cpu_ratio(self, measured, entry, tool_rounds):
        """CPU seconds of one run over those of the floor, without the server's."""
        return samples(measured, ratio_cell(entry, tool_rounds), "ratio")
