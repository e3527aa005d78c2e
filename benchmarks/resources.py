"""What do runs use while they are under way, and do they block the event loop?"""

from .declared import ENTRIES, RUNTIMES, Tracked, counted, session, tracked, version


class EventLoop(Tracked):
    """A heartbeat on the event loop while runs with a tool call arrive every 10 ms."""

    version = version(2)
    axes = {"runtime": RUNTIMES}
    fixed = {"entry": "asyncio"}
    track_longest_block = tracked(
        "blocked_loop.longest_block", "Longest time the event loop did not turn."
    )
    track_blocks = counted(
        "blocked_loop.blocks",
        "Times the event loop did not turn for 50 ms, in the best of the processes.",
        read=min,
        quick=True,
    )

    def setup_cache(self):
        return session(EventLoop)


class Load(Tracked):
    """Runs that arrive at 50 a second, with a model of 20 ms."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES}
    track_cpu = tracked(
        "cpu_share.share", "CPU seconds of the process divided by wall seconds.", "of one core"
    )

    def setup_cache(self):
        return session(Load)
