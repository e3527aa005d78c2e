"""Does it cost anything to do nothing?"""

from harness.measures.idle import USED

from .declared import ENTRIES, RUNTIMES, Tracked, counted, session, tracked


class Idle(Tracked):
    """Measured once for both classes below."""

    def setup_cache(self):
        return session(Wakeups, Waiting)


class Wakeups(Idle):
    """An event loop on which an agent or a workflow has run, for 60 virtual seconds."""

    axes = {"runtime": RUNTIMES, "what": list(USED)}
    fixed = {"entry": "asyncio"}
    track_wakeups = counted(
        "idle_wakeups.wakeups", "Times the event loop wakes up though there is nothing to do."
    )


class Waiting(Idle):
    """A process in which an agent has run and, where there are any, a workflow."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES}
    track_cpu = tracked(
        "waiting.cpu", "CPU seconds per second, a thousandth at least.", "of one core"
    )
    track_threads = counted(
        "waiting.threads",
        "Threads that wake up within 0.4 s, in the best of the processes.",
        read=min,
        quick=True,
    )
