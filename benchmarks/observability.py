"""What does the framework's own tracing cost?"""

from .declared import ENTRIES, TOOL_ROUNDS, Tracked, counted, ratio, session


class Traced(Tracked):
    """Traced against untraced runs in the same process, in turn; spans end up in memory."""

    axes = {"entry": ENTRIES, "tool_rounds": TOOL_ROUNDS}
    track_over_untraced = ratio(
        "traced.ratio", "CPU seconds traced over untraced.", "times untraced"
    )
    track_calls = counted("calls_traced.calls", "Python calls that tracing adds to one run.")
    track_spans = counted("calls_traced.spans", "Spans that one traced run leaves.")

    def setup_cache(self):
        return session(Traced)
