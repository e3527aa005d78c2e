"""What happens with 1, 10, 50, 100, 1000 requests at once?"""

import contextlib

from harness.instruments.arrivals.drivers import concurrent
from harness.instruments.work import model_of

from .declared import ENTRIES, RUNTIMES, Tracked, counted, pooled, session, tracked
from .timed import runtime_of

LATENCY = 0.02


class Scaling(Tracked):
    """Measured once for both classes below."""

    renamed = {"at_once": "count"}

    def setup_cache(self):
        return session(AtOnce, SlowModel)


class AtOnce(Scaling):
    """One agent, n requests at the same moment, 20 ms of model latency each."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES, "at_once": [1, 10, 50, 100, 1000]}
    fixed = {"latency": LATENCY}
    track_seconds_per_request = tracked(
        "at_once.seconds_per_request", "Wall seconds of the burst divided by its requests."
    )
    track_cpu_seconds_per_request = tracked("at_once.cpu_per_request", "CPU seconds per request.")
    track_added_p50 = tracked("at_once.added_p50", "Median added latency, from the burst on.")
    track_added_p95 = tracked("at_once.added_p95", "95th percentile of added latency.")
    track_added_p99 = tracked("at_once.added_p99", "99th percentile of added latency.")
    track_error_rate = counted(
        "at_once.error_rate.runs", "Failed runs as a fraction of all.", "of all runs", pooled
    )

    def peakmem_burst(self, measured, runtime, entry, at_once):
        """Peak resident bytes of a process that makes one burst."""
        with contextlib.suppress(KeyError):  # of a run that is for nothing else
            self.track_error_rate(measured, runtime, entry, at_once)  # n/a where it is
        model = model_of(LATENCY)
        agent = runtime_of(runtime).agent(model)
        concurrent(agent, model.script, entry, range(at_once)).ensure_ok()


class SlowModel(Scaling):
    """The classic load-test scenario: a model of 200 ms, 10 and 50 requests at once."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES, "at_once": [10, 50]}
    fixed = {"latency": 0.2}
    track_added_p95 = tracked("at_once.added_p95", "95th percentile of latency beyond 200 ms.")
    track_seconds_per_request = tracked(
        "at_once.seconds_per_request", "Wall seconds of the burst divided by its requests."
    )
