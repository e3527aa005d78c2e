"""What does each agent that the framework itself ships cost?"""

from harness.instruments.arrivals.drivers import burst
from harness.runtimes import load

from .declared import RUNTIME, Parametrized, Tracked, counted, session, skip, tracked
from .timed import Timed, prepared, runtime_of

# A parameter list may not be empty: where nothing is shipped, one n/a row says so.
AGENT = {"agent": list(load(RUNTIME).shipped_names) or ["(none shipped)"]}


@prepared
def shipped_run(name):
    """A callable that makes one checked run of a shipped agent."""
    shipped = runtime_of(RUNTIME).shipped(name)
    return lambda: shipped.check(shipped.call())


class Shipped(Timed):
    """One run of a shipped agent on valid input; there is no floor for domain work."""

    axes = AGENT

    def time_run(self, ready, agent):
        """Seconds of one run."""
        shipped_run(agent)()


class Memory(Parametrized):
    """The memory of a process that runs a shipped agent."""

    axes = AGENT

    def peakmem_runs(self, agent):
        """Peak resident bytes of a process that makes 50 runs."""
        run = shipped_run(agent)
        for _ in range(50):
            run()


class Asked(Tracked):
    """Measured once for both classes below."""

    def setup_cache(self):
        return session(Counted, AtOnce)


class Counted(Asked):
    """What one run does, counted."""

    axes = AGENT
    track_calls = counted("calls_shipped.calls", "Python calls of one run, over all threads.")


class AtOnce(Asked):
    """One shipped agent, n calls at the same moment: threads, or tasks of an event loop."""

    axes = AGENT | {"at_once": [10, 50]}
    renamed = {"at_once": "count"}
    track_p95 = tracked("shipped_at_once.added_p95", "95th percentile of latency, from there on.")
    track_seconds_per_request = tracked(
        "shipped_at_once.seconds_per_request", "Wall seconds of the burst divided by its requests."
    )

    def peakmem_burst(self, measured, agent, at_once):
        """Peak resident bytes of a process that makes one burst."""
        try:
            shipped = runtime_of(RUNTIME).shipped(agent)
        except NotImplementedError as reason:
            skip(reason)
        burst(shipped, at_once).ensure_ok()
