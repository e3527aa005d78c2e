"""What outlives its use?

Some names are those of results that are stored already: these benchmarks began in `resources`.
"""

from harness.measures.leftovers import USES

from .declared import ENTRIES, RUNTIMES, Tracked, counted, session, version


class Retention(Tracked):
    """Measured once for all classes below."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES}

    def setup_cache(self):
        return session(Outliving, BehindTimer, Leak, Leftovers)


class Outliving(Retention):
    """What is there after 20 agents or workflows were built, run once each and let go, or after 20
    runs of an agent that stays."""

    axes = Retention.axes | {"what": list(USES)}
    track_alive = counted(
        "outliving.alive",
        "Agents, workflows or runs of which something of the framework's is alive after a garbage"
        " collection.",
        "of 20",
    )
    track_cyclic_objects = counted(
        "outliving.cyclic_objects", "Objects per use that only the garbage collector frees."
    )
    track_tasks = counted("outliving.tasks", "asyncio tasks that are still pending.")


class BehindTimer(Retention):
    """What is there after 20 agents were built, run once each and let go, where a client of each
    has set a timer in the run, as HTTP clients do: it keeps what the run had in its context."""

    axes = {"runtime": RUNTIMES}
    fixed = {"entry": "asyncio"}
    track_alive = counted(
        "behind_timer.alive",
        "Agents that stay alive behind the timer of their client, after a garbage collection.",
        "of 20",
    )


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
