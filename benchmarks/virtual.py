"""What does structure cost? Lost overlap, barriers, hidden limits, on a virtual clock: no noise."""

from harness.workload import dag as dags
from harness.workload import schedules

from .declared import RUNTIMES, Tracked, session, virtual


class Virtual(Tracked):
    """Measured once for all classes below: asyncio entry points, a model of 200 virtual ms."""

    fixed = {"entry": "asyncio", "latency": 0.2}

    def setup_cache(self):
        return session(Arrivals, AtOnce, Workflow)


class Arrivals(Virtual):
    """Added latency under load: what a run waits for besides the model and the CPU."""

    axes = {"runtime": RUNTIMES, "load": list(schedules.SHAPES)}
    renamed = {"load": "shape"}
    track_added_p50 = virtual("virtual_arrivals.added_p50", "Median added latency.")
    track_added_p95 = virtual("virtual_arrivals.added_p95", "95th percentile of added latency.")
    track_added_p99 = virtual("virtual_arrivals.added_p99", "99th percentile of added latency.")


class AtOnce(Virtual):
    """n requests at the same moment: 1 is perfect overlap, n is none."""

    axes = {"runtime": RUNTIMES, "at_once": [1, 10, 50, 100, 1000]}
    renamed = {"at_once": "count"}
    track_makespan = virtual(
        "virtual_at_once.over_one",
        "Virtual time until the last of n has its reply, over the time of one alone.",
        "times one request",
    )


class Workflow(Virtual):
    """Standard shapes, steps of about 200 virtual ms."""

    axes = {"runtime": RUNTIMES, "shape": list(dags.SHAPES)}
    track_makespan = virtual(
        "virtual_makespan.over_critical_path",
        "Virtual makespan over critical path: 1 is the best any schedule can do.",
        "times the critical path",
    )
