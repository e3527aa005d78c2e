"""What happens under an arriving load, whether the earlier requests are done or not?"""

from harness.measures.arrivals import MAX_LATENESS, SHAPES
from harness.session.session import cell, measure

from .common import ENTRIES, RUNTIMES, figure, grid, look_up, samples, valid, version

LOADS = list(SHAPES)


def load_cell(runtime, entry, load):
    return cell("under_load", runtime, entry=entry, shape=load)


class Load:
    """Open loop: 40 requests in 0.2 s, model of 20 ms, latency from the moment each was due.

    A process whose generator was late does not count; n/a if that is most of them.
    """

    params = (RUNTIMES, ENTRIES, LOADS)
    param_names = ("runtime", "entry", "load")
    version = version(1)

    def setup_cache(self):
        return measure(load_cell(*which) for which in grid(ENTRIES, LOADS))

    def _valid(self, measured, figure_name, *which):
        limit = f"its generator was over {1000 * MAX_LATENESS:.0f} ms late, or runs failed"
        return valid(measured, load_cell(*which), figure_name, limit)

    @figure("seconds", "absolutes")
    def track_added_p95(self, measured, runtime, entry, load):
        """95th percentile of added latency, seconds."""
        return self._valid(measured, "added_p95", runtime, entry, load)

    @figure("seconds", "absolutes")
    def track_added_p99(self, measured, runtime, entry, load):
        """99th percentile of added latency, seconds."""
        return self._valid(measured, "added_p99", runtime, entry, load)

    @figure("seconds", "absolutes")
    def track_cpu_seconds_per_request(self, measured, runtime, entry, load):
        """CPU seconds of the process divided by the requests."""
        return self._valid(measured, "cpu_per_request", runtime, entry, load)

    @figure("of all runs", "counts")
    def track_error_rate(self, measured, runtime, entry, load):
        """Failed runs as a fraction of all runs."""
        rates = look_up(measured, load_cell(runtime, entry, load), "error_rate")
        return sum(rates) / len(rates)

    @figure("seconds", "absolutes")
    def track_generator_lateness(self, measured, runtime, entry, load):
        """95th percentile of the lateness of the generator itself, with an idle agent, seconds."""
        return samples(measured, load_cell(runtime, entry, load), "lateness")
