"""When does the first token of a streamed reply arrive, and how do the others follow?"""

from harness.measures.streams import WAYS, latency_of, script_of

from .declared import RUNTIMES, Tracked, counted, session, tracked, virtual

GAPS = [0.0, 0.005]
STREAM = {"runtime": RUNTIMES, "model": list(WAYS), "gap_seconds": GAPS}


class Streaming(Tracked):
    """Measured once for all classes below: asyncio, a reply in 20 pieces.

    Added: less what the model takes itself. Without a gap the model sends all pieces at once.
    """

    fixed = {"entry": "asyncio"}
    renamed = {"model": "way", "gap_seconds": "gap"}
    scripts = [script_of(latency_of(gap), gap) for gap in GAPS]

    def setup_cache(self):
        return session(FirstToken, BetweenTokens, Exact)


class FirstToken(Streaming):
    """From the moment a run is due to its first piece."""

    axes = STREAM
    track_added_p50 = tracked("streamed.added_ttft_p50", "Median added time to first token.")
    track_added_p95 = tracked(
        "streamed.added_ttft_p95", "95th percentile of added time to first token."
    )


class BetweenTokens(Streaming):
    """(last - first) / (pieces - 1) of a run. What is added to a gap can be less than nothing."""

    axes = STREAM
    beyond = "gap_seconds"
    track_added_p50 = tracked("streamed.added_itl_p50", "Median added inter-token latency.")
    track_added_p95 = tracked(
        "streamed.added_itl_p95", "95th percentile of added inter-token latency."
    )


class Exact(Streaming):
    """In process: structure on a virtual clock (200 ms, then a piece every 20 ms), and calls."""

    axes = {"runtime": RUNTIMES}
    scripts = ()
    track_added_first_token = virtual(
        "virtual_streamed.added_ttft",
        "Greatest added time to first token of 15 runs that overlap.",
        gap=0.02,
        latency=0.2,
    )
    track_added_between_tokens = virtual(
        "virtual_streamed.added_itl",
        "Greatest added inter-token latency of 15 runs that overlap.",
        gap=0.02,
        latency=0.2,
    )
    track_calls = counted("calls_streamed.calls", "Python calls of one streamed run.")
