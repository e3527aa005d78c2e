"""What does running concurrently buy over running one after another?"""

from .declared import ENTRIES, RUNTIMES, Tracked, ratio, session


class Overlap(Tracked):
    """n runs of 5 ms model latency at once, against the same n in a row."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES, "runs": [10, 50]}
    renamed = {"runs": "count"}
    fixed = {"latency": 0.005}
    track_fraction = ratio(
        "overlap.fraction",
        "Concurrent time as a fraction of sequential time: 1/n is ideal, a speedup of n.",
        "of sequential time",
    )
    track_over_ideal = ratio(
        "overlap.over_ideal",
        "The same fraction over its ideal 1/n: 1 is perfect overlap, n is none.",
        "times the ideal",
    )

    def setup_cache(self):
        return session(Overlap)
