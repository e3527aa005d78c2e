"""What does running concurrently buy over running one after another?"""

from harness.session import cell, measure

from .common import ENTRIES, RUNTIMES, samples, version

AT_ONCE = [10, 50]
LATENCY = 0.01


def overlap_cell(runtime, entry, count):
    """The same runs concurrently and one after another, in one process."""
    return cell("overlap", runtime, mode=entry, count=count, latency=LATENCY)


class Overlap:
    """Concurrent time as a fraction of sequential time; ideal is 1/n (speedup n)."""

    params = (RUNTIMES, ENTRIES, AT_ONCE)
    param_names = ("runtime", "entry", "runs")
    version = version(1)

    def setup_cache(self):
        return measure(
            overlap_cell(runtime, entry, count)
            for entry in ENTRIES
            for count in AT_ONCE
            for runtime in RUNTIMES
        )

    def track_fraction(self, measured, runtime, entry, count):
        """Time of n runs at once over time of n runs in a row, 10 ms of model latency each."""
        return samples(measured, overlap_cell(runtime, entry, count), "fraction")

    def track_over_ideal(self, measured, runtime, entry, count):
        """The same fraction over its ideal, 1/n: 1 is perfect overlap, n is none."""
        result = samples(measured, overlap_cell(runtime, entry, count), "fraction")
        return {"samples": [value * count for value in result["samples"]], "number": 1}

    track_fraction.unit = "of sequential time"
    track_over_ideal.unit = "times the ideal"
