"""When does the first token of a streamed reply arrive, and how do the others follow?"""

from harness.measures.servers import shared
from harness.measures.streams import script_of
from harness.session.session import cell, measure

from .common import RUNTIMES, exact, figure, grid, samples, version

WAYS = ["in process", "http"]
GAPS = [0.0, 0.005]
LATENCY = 0.02
VIRTUAL_GAP = 0.02
VIRTUAL_LATENCY = 0.2


def latency_of(gap):
    """With a gap the model has a latency, and the runs overlap."""
    return LATENCY if gap else 0.0


def stream_cell(runtime, way, gap):
    options = {"way": way, "gap": gap, "latency": latency_of(gap)}
    return cell("streamed", runtime, entry="asyncio", **options)


def virtual_cell(runtime):
    options = {"entry": "asyncio", "gap": VIRTUAL_GAP, "latency": VIRTUAL_LATENCY}
    return cell("virtual_streamed", runtime, **options)


def calls_cell(runtime):
    return cell("calls_streamed", runtime, entry="asyncio")


class Streaming:
    """Measured once for all classes below: asyncio, a reply in 20 pieces.

    Added: less what the model takes itself. Without a gap the model sends all pieces at once.
    """

    version = version(1)

    def setup_cache(self):
        with shared(*(script_of(latency_of(gap), gap) for gap in GAPS)):
            measured = measure([stream_cell(*which) for which in grid(WAYS, GAPS)])
        exactly = [make(runtime) for make in (virtual_cell, calls_cell) for runtime in RUNTIMES]
        return measured.update(measure(exactly, exact=True))


class FirstToken(Streaming):
    """From the moment a run is due to its first piece."""

    params = (RUNTIMES, WAYS, GAPS)
    param_names = ("runtime", "model", "gap_seconds")

    @figure("seconds", "absolutes")
    def track_added_p50(self, measured, runtime, way, gap):
        """Median added time to first token, seconds."""
        return samples(measured, stream_cell(runtime, way, gap), "added_ttft_p50")

    @figure("seconds", "absolutes")
    def track_added_p95(self, measured, runtime, way, gap):
        """95th percentile of added time to first token, seconds."""
        return samples(measured, stream_cell(runtime, way, gap), "added_ttft_p95")


class BetweenTokens(Streaming):
    """(last - first) / (pieces - 1) of a run."""

    params = (RUNTIMES, WAYS, GAPS)
    param_names = ("runtime", "model", "gap_seconds")

    @figure("seconds", "absolutes")
    def track_added_p50(self, measured, runtime, way, gap):
        """Median added inter-token latency, seconds."""
        return samples(measured, stream_cell(runtime, way, gap), "added_itl_p50")

    @figure("seconds", "absolutes")
    def track_added_p95(self, measured, runtime, way, gap):
        """95th percentile of added inter-token latency, seconds."""
        return samples(measured, stream_cell(runtime, way, gap), "added_itl_p95")


class Exact(Streaming):
    """In process: structure on a virtual clock (200 ms, then a piece every 20 ms), and calls."""

    params = RUNTIMES
    param_names = ("runtime",)

    @figure("seconds", "virtual")
    def track_added_first_token(self, measured, runtime):
        """Greatest added time to first token of 15 runs that overlap, virtual seconds."""
        return exact(measured, virtual_cell(runtime), "added_ttft")

    @figure("seconds", "virtual")
    def track_added_between_tokens(self, measured, runtime):
        """Greatest added inter-token latency of 15 runs that overlap, virtual seconds."""
        return exact(measured, virtual_cell(runtime), "added_itl")

    @figure("calls", "counts")
    def track_calls(self, measured, runtime):
        """Python calls of one streamed run."""
        return exact(measured, calls_cell(runtime), "calls")
