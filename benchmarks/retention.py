"""What outlives its use?

The names are those of results that are stored already: these benchmarks began in `resources`.
"""

from .declared import ENTRIES, RUNTIMES, Tracked, counted, session, version


class Retention(Tracked):
    """Measured once for both classes below."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES}

    def setup_cache(self):
        return session(Leak, Leftovers)


class Leak(Retention):
    """Memory that grows with every run."""

    version = version(3)
    track_bytes_per_run = counted(
        "leak.bytes_per_run", "Bytes that each further run keeps, in steps of 64.", "bytes"
    )
    track_bytes_per_run.benchmark_name = "resources.Leak.track_bytes_per_run"


class Leftovers(Retention):
    """What is there after 5 agents with a tool were built, run 20 times each, and let go."""

    version = version(2)
    track_threads = counted("leftovers.threads", "Threads left behind.")
    track_threads.benchmark_name = "resources.Leftovers.track_threads"
    track_descriptors = counted("leftovers.descriptors", "Open descriptors left behind.")
    track_descriptors.benchmark_name = "resources.Leftovers.track_descriptors"
