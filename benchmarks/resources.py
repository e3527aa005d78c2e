"""What do runs use while they are under way, and do they block the event loop?"""

from .declared import ENTRIES, RUNTIMES, Tracked, counted, session, tracked, version


class OnLoop(Tracked):
    """Measured once for both classes below."""

    fixed = {"entry": "asyncio"}

    def setup_cache(self):
        return session(EventLoop, PlainTool)


class EventLoop(OnLoop):
    """A heartbeat on the event loop while runs with a tool call arrive every 10 ms."""

    version = version(2)
    axes = {"runtime": RUNTIMES}
    track_longest_block = tracked(
        "blocked_loop.longest_block", "Longest time the event loop did not turn."
    )
    track_blocks = counted(
        "blocked_loop.blocks",
        "Times the event loop did not turn for 50 ms, in the best of the processes.",
        read=min,
        quick=True,
    )


class PlainTool(OnLoop):
    """A plain `def` tool that waits for the event loop to turn, called by runs on that loop."""

    track_blocks = counted(
        "blocked_by_tool.blocks",
        "Calls of 5 in which the event loop stands still, in the best of the processes.",
        read=min,
        quick=True,
    )


class Load(Tracked):
    """Runs that arrive at 50 a second, with a model of 20 ms."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES}
    track_cpu = tracked(
        "cpu_share.share", "CPU seconds of the process divided by wall seconds.", "of one core"
    )

    def setup_cache(self):
        return session(Load)
