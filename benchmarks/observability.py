"""What does the framework's own tracing cost?"""

from harness.session.session import cell, measure

from .common import ENTRIES, RUNTIME, exact, figure, samples, version

TOOL_ROUNDS = [0, 3]


def traced_cell(entry, tool_rounds):
    return cell("traced", RUNTIME, entry=entry, tool_rounds=tool_rounds)


def calls_cell(entry, tool_rounds):
    return cell("calls_traced", RUNTIME, entry=entry, tool_rounds=tool_rounds)


class Traced:
    """Traced against untraced runs in the same process, in turn; spans end up in memory."""

    params = (ENTRIES, TOOL_ROUNDS)
    param_names = ("entry", "tool_rounds")
    version = version(1)

    def setup_cache(self):
        pairs = [traced_cell(entry, rounds) for entry in ENTRIES for rounds in TOOL_ROUNDS]
        counted = [calls_cell(entry, rounds) for entry in ENTRIES for rounds in TOOL_ROUNDS]
        return measure(pairs).update(measure(counted, exact=True))

    @figure("times untraced", "ratios")
    def track_over_untraced(self, measured, entry, tool_rounds):
        """CPU seconds of a traced run over those of an untraced one."""
        return samples(measured, traced_cell(entry, tool_rounds), "ratio")

    @figure("calls", "counts")
    def track_calls(self, measured, entry, tool_rounds):
        """Python calls that tracing adds to one run."""
        return exact(measured, calls_cell(entry, tool_rounds), "calls")

    @figure("spans", "counts")
    def track_spans(self, measured, entry, tool_rounds):
        """Spans that one traced run leaves."""
        return exact(measured, calls_cell(entry, tool_rounds), "spans")
