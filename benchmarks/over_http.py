"""What does one run cost when its model answers over HTTP? The framework's own client."""

from harness.workload.script import Script

from .declared import ENTRIES, RUNTIMES, TOOL_ROUNDS, Tracked, counted, ratio, session, tracked


class Http(Tracked):
    """Measured once for all classes below.

    The model server is a separate process, and has no latency of its own. The floor's client is
    the barest there is; what server and network take is in both.
    """

    scripts = [Script(tool_rounds=rounds) for rounds in TOOL_ROUNDS]

    def setup_cache(self):
        return session(Run, OverFloor)


class Run(Http):
    """Runs of one caller, one after another."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES, "tool_rounds": TOOL_ROUNDS}
    track_added_p50 = tracked("http_back_to_back.added_p50", "Median latency of a run.")
    track_added_p95 = tracked(
        "http_back_to_back.added_p95", "95th percentile of the latency of a run."
    )
    track_calls = counted(
        "http_calls.calls", "Python calls of one run; n/a where they vary with what arrives when."
    )


class OverFloor(Http):
    """The framework with its client against the floor with its own, in the same process."""

    axes = {"entry": ENTRIES, "tool_rounds": TOOL_ROUNDS}
    track_cpu_ratio = ratio(
        "http_over_floor.ratio",
        "CPU seconds over the floor's, without the server's.",
        "times the floor",
    )
