"""What does running concurrently buy over running one after another?"""

from harness.session.session import cell, measure

from .common import ENTRIES, RUNTIMES, figure, grid, samples, version

RUNS = [10, 50]
LATENCY = 0.005


def overlap_cell(runtime, entry, runs):
    """The same runs concurrently and one after another, in one process."""
    return cell("overlap", runtime, entry=entry, count=runs, latency=LATENCY)


class Overlap:
    """n runs of 5 ms model latency at once, against the same n in a row."""

    params = (RUNTIMES, ENTRIES, RUNS)
    param_names = ("runtime", "entry", "runs")
    version = version(1)

    def setup_cache(self):
        return measure(overlap_cell(*which) for which in grid(ENTRIES, RUNS))

    @figure("of sequential time", "ratios")
    def track_fraction(self, measured, runtime, entry, runs):
        """Concurrent time as a fraction of sequential time: 1/n is ideal, a speedup of n."""
        return samples(measured, overlap_cell(runtime, entry, runs), "fraction")

    @figure("times the ideal", "ratios")
    def track_over_ideal(self, measured, runtime, entry, runs):
        """The same fraction over its ideal 1/n: 1 is perfect overlap, n is none."""
        return samples(measured, overlap_cell(runtime, entry, runs), "fraction", factor=runs)
