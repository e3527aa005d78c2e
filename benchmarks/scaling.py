"""What happens with 1, 10, 50, 100, 1000 requests at once?"""

from harness.instruments.arrivals.drivers import concurrent
from harness.instruments.work import model_of
from harness.session.session import cell, measure

from .common import ENTRIES, RUNTIMES, figure, grid, look_up, runtime_of, samples, version

AT_ONCE = [1, 10, 50, 100, 1000]
LATENCY = 0.02
SLOW_AT_ONCE = [10, 50]
SLOW_LATENCY = 0.2


def at_once_cell(runtime, entry, count, latency=LATENCY):
    """`count` requests at the same moment to one agent."""
    return cell("at_once", runtime, entry=entry, count=count, latency=latency)


class Scaling:
    """Measured once for both classes below."""

    version = version(1)

    def setup_cache(self):
        quick = [at_once_cell(*which) for which in grid(ENTRIES, AT_ONCE)]
        slow = [at_once_cell(*which) for which in grid(ENTRIES, SLOW_AT_ONCE, [SLOW_LATENCY])]
        return measure(quick + slow)


class AtOnce(Scaling):
    """One agent, n requests at the same moment, 20 ms of model latency each."""

    params = (RUNTIMES, ENTRIES, AT_ONCE)
    param_names = ("runtime", "entry", "at_once")

    @figure("seconds", "absolutes")
    def track_seconds_per_request(self, measured, runtime, entry, count):
        """Wall seconds of the whole burst divided by its requests."""
        return samples(measured, at_once_cell(runtime, entry, count), "seconds_per_request")

    @figure("seconds", "absolutes")
    def track_cpu_seconds_per_request(self, measured, runtime, entry, count):
        """CPU seconds of the process divided by the requests."""
        return samples(measured, at_once_cell(runtime, entry, count), "cpu_per_request")

    @figure("seconds", "absolutes")
    def track_added_p50(self, measured, runtime, entry, count):
        """Median added latency, from the moment of the burst, seconds."""
        return samples(measured, at_once_cell(runtime, entry, count), "added_p50")

    @figure("seconds", "absolutes")
    def track_added_p95(self, measured, runtime, entry, count):
        """95th percentile of added latency, seconds."""
        return samples(measured, at_once_cell(runtime, entry, count), "added_p95")

    @figure("seconds", "absolutes")
    def track_added_p99(self, measured, runtime, entry, count):
        """99th percentile of added latency, seconds."""
        return samples(measured, at_once_cell(runtime, entry, count), "added_p99")

    @figure("of all runs", "counts")
    def track_error_rate(self, measured, runtime, entry, count):
        """Failed runs as a fraction of all runs."""
        rates = look_up(measured, at_once_cell(runtime, entry, count), "error_rate")
        return sum(rates) / len(rates)

    def peakmem_burst(self, measured, runtime, entry, count):
        """Peak resident bytes of a process that makes one burst."""
        look_up(measured, at_once_cell(runtime, entry, count), "error_rate")  # n/a where it is
        model = model_of(LATENCY)
        agent = runtime_of(runtime).agent(model)
        concurrent(agent, model.script, entry, range(count)).ensure_ok()


class SlowModel(Scaling):
    """The classic load-test scenario: a model of 200 ms, 10 and 50 requests at once."""

    params = (RUNTIMES, ENTRIES, SLOW_AT_ONCE)
    param_names = ("runtime", "entry", "at_once")

    @figure("seconds", "absolutes")
    def track_added_p95(self, measured, runtime, entry, count):
        """95th percentile of latency beyond the model's 200 ms, seconds."""
        this = at_once_cell(runtime, entry, count, SLOW_LATENCY)
        return samples(measured, this, "added_p95")

    @figure("seconds", "absolutes")
    def track_seconds_per_request(self, measured, runtime, entry, count):
        """Wall seconds of the whole burst divided by its requests."""
        this = at_once_cell(runtime, entry, count, SLOW_LATENCY)
        return samples(measured, this, "seconds_per_request")
