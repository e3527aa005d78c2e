"""What does structure cost? Lost overlap, barriers, hidden limits, on a virtual clock: no noise."""

from harness.session.session import cell, measure
from harness.workload import dag as dags
from harness.workload import schedules

from .common import RUNTIMES, exact, figure, grid, version

LATENCY = 0.2
LOADS = list(schedules.SHAPES)
AT_ONCE = [1, 10, 50, 100, 1000]
SHAPES = list(dags.SHAPES)


def arrivals_cell(runtime, load):
    return cell("virtual_arrivals", runtime, entry="asyncio", shape=load, latency=LATENCY)


def at_once_cell(runtime, count):
    return cell("virtual_at_once", runtime, entry="asyncio", count=count, latency=LATENCY)


def makespan_cell(runtime, shape):
    return cell("virtual_makespan", runtime, entry="asyncio", shape=shape, latency=LATENCY)


class Virtual:
    """Measured once for all classes below: asyncio entry points, a model of 200 virtual ms."""

    version = version(1)

    def setup_cache(self):
        cells = [arrivals_cell(*which) for which in grid(LOADS)]
        cells += [at_once_cell(*which) for which in grid(AT_ONCE)]
        cells += [makespan_cell(*which) for which in grid(SHAPES)]
        return measure(cells, exact=True)


class Arrivals(Virtual):
    """Added latency under load: what a run waits for besides the model and the CPU."""

    params = (RUNTIMES, LOADS)
    param_names = ("runtime", "load")

    @figure("seconds", "virtual")
    def track_added_p50(self, measured, runtime, load):
        """Median added latency, virtual seconds."""
        return exact(measured, arrivals_cell(runtime, load), "added_p50")

    @figure("seconds", "virtual")
    def track_added_p95(self, measured, runtime, load):
        """95th percentile of added latency, virtual seconds."""
        return exact(measured, arrivals_cell(runtime, load), "added_p95")

    @figure("seconds", "virtual")
    def track_added_p99(self, measured, runtime, load):
        """99th percentile of added latency, virtual seconds."""
        return exact(measured, arrivals_cell(runtime, load), "added_p99")


class AtOnce(Virtual):
    """n requests at the same moment: 1 is perfect overlap, n is none."""

    params = (RUNTIMES, AT_ONCE)
    param_names = ("runtime", "at_once")

    @figure("times one request", "virtual")
    def track_makespan(self, measured, runtime, count):
        """Virtual time until the last of n has its reply, over the time of one alone."""
        return exact(measured, at_once_cell(runtime, count), "over_one")


class Workflow(Virtual):
    """Standard shapes, steps of about 200 virtual ms."""

    params = (RUNTIMES, SHAPES)
    param_names = ("runtime", "shape")

    @figure("times the critical path", "virtual")
    def track_makespan(self, measured, runtime, shape):
        """Virtual makespan over critical path: 1 is the best any schedule can do."""
        return exact(measured, makespan_cell(runtime, shape), "over_critical_path")
