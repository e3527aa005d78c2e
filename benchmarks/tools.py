"""What do tools cost, and do those of one turn run at the same time?

Whether a slow plain tool makes the event loop stand still is `resources.PlainTool`.
"""

from .declared import ENTRIES, RUNTIMES, Tracked, counted, ratio, session, virtual


class Tools(Tracked):
    """Measured once for all classes below."""

    def setup_cache(self):
        return session(Offered, PlainTool, AsyncTools, PlainTools)


class Offered(Tools):
    """A run that offers its model some tools; the model calls none of them."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES, "offered": [1, 10, 50]}
    track_calls = counted("calls_offered.calls", "Python calls of one run, over all threads.")


class PlainTool(Tools):
    """A run on the event loop with one call of a tool that is a plain `def` and does not wait."""

    axes = {"runtime": RUNTIMES}
    fixed = {"entry": "asyncio"}
    track_calls = counted("calls_plain_tool.calls", "Python calls of one run, over all threads.")


class AsyncTools(Tools):
    """Tools called in one turn, each an `async def` that waits one virtual second."""

    axes = {"runtime": RUNTIMES, "calls": [2, 5]}
    fixed = {"entry": "asyncio"}
    track_makespan = virtual(
        "virtual_tools.over_longest",
        "Virtual time of the run over that of its longest tool: 1 is parallel, n is serial.",
        "times the longest tool",
    )


class PlainTools(Tools):
    """Tools called in one turn, each a plain `def` that sleeps for 30 ms or awaits the others."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES, "calls": [2, 5]}
    track_makespan = ratio(
        "plain_tools.over_longest",
        "Seconds of the run over those of its longest tool: 1 is parallel, n is serial.",
        "times the longest tool",
    )
    track_in_a_row = counted(
        "meeting_tools.in_a_row",
        "Tools of the turn over those under way at once, in the best of the processes.",
        read=min,
        quick=True,
    )
