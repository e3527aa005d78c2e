"""Does a run cost more than in proportion to what came before it, or to its size?"""

from harness.measures.growth import SIZES

from .declared import ENTRIES, RUNTIMES, Tracked, counted, session


class Growth(Tracked):
    """Measured once for all classes below."""

    def setup_cache(self):
        return session(History, Row, OverLinear)


class History(Growth):
    """A run in a conversation with so many earlier exchanges, each a question and its answer."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES, "earlier": [1, 10, 100]}
    fixed = {"what": "history"}
    renamed = {"earlier": "size"}
    track_calls = counted("calls_grown.calls", "Python calls of one run, over all threads.")


class Row(Growth):
    """A workflow of so many steps in a row, each of which needs the reply of the one before."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES, "steps": [10, 40]}
    fixed = {"what": "row"}
    renamed = {"steps": "size"}
    track_calls = counted("calls_grown.calls", "Python calls of one run of all steps.")


class OverLinear(Growth):
    """Calls at the largest of three sizes over the straight line through the other two.

    100 after 1 and 10 exchanges; 40 after 1 and 10 steps; 100 after 1 and 10 kB of the prompt, or
    of the result of a tool.
    """

    axes = {"runtime": RUNTIMES, "entry": ENTRIES, "what": list(SIZES)}
    track_ratio = counted(
        "over_linear.ratio",
        "Python calls at the largest size, over linear growth: 1 is linear, more is worse.",
        "times linear growth",
    )
