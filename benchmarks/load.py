"""What happens under an arriving load, whether the earlier requests are done or not?"""

from harness.measures.arrivals import SHAPES

from .declared import ENTRIES, RUNTIMES, Tracked, counted, pooled, session, tracked


class Load(Tracked):
    """Open loop: 40 requests in 0.2 s, model of 20 ms, latency from the moment each was due.

    A process whose generator was late does not count; n/a if that is most of them.
    """

    axes = {"runtime": RUNTIMES, "entry": ENTRIES, "load": list(SHAPES)}
    renamed = {"load": "shape"}
    track_added_p95 = tracked("under_load.added_p95", "95th percentile of added latency.")
    track_added_p99 = tracked("under_load.added_p99", "99th percentile of added latency.")
    track_cpu_seconds_per_request = tracked(
        "under_load.cpu_per_request", "CPU seconds per request."
    )
    track_error_rate = counted(
        "under_load.error_rate.runs", "Failed runs as a fraction of all.", "of all runs", pooled
    )
    track_generator_lateness = tracked(
        "under_load.lateness", "95th percentile of the generator's own lateness."
    )

    def setup_cache(self):
        return session(Load)
