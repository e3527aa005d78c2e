"""What do workflows cost: sequential, parallel, and general DAGs?"""

from functools import partial

from harness.instruments.work import stepping
from harness.workload import dag as dags

from .declared import ENTRIES, RUNTIMES, Tracked, counted, ratio, session, version
from .timed import Timed, on_loop, prepared, runtime_of

SHAPE = {"runtime": RUNTIMES, "entry": ENTRIES, "shape": list(dags.SHAPES)}


@prepared
def one_workflow(name, entry, shape):
    """A callable that runs the shape once, checked, without model latency."""
    return partial(stepping(runtime_of(name), entry, shape, on_loop).run, 1)


class Run(Timed):
    """Standard shapes without model latency; each step needs the replies of earlier steps."""

    axes = SHAPE

    def time_run(self, ready, runtime, entry, shape):
        """Seconds of one workflow run."""
        one_workflow(runtime, entry, shape)()


class Workflows(Tracked):
    """Measured once for both classes below."""

    def setup_cache(self):
        return session(Workflow, Guarded)


class Workflow(Workflows):
    """The same shapes: their schedule with 10 ms of model latency per step, and their calls."""

    axes = SHAPE
    track_makespan = ratio(
        "makespan.over_critical_path",
        "Makespan over critical path: 1 is the best any schedule can do.",
        "times the critical path",
        latency=0.01,
    )
    track_makespan.version = version(2)
    track_calls_per_step = counted(
        "calls_step.calls", "Python calls of a run divided by its steps."
    )
    track_model_requests_per_step = counted(
        "calls_step.requests", "Model requests of a run divided by its steps."
    )
    track_lines_per_step = counted(
        "lines_step.lines", "Lines executed by a run divided by its steps."
    )


class Guarded(Workflows):
    """A chain, with the framework's own policy checks as it ships them; elsewhere they are off."""

    track_calls_per_step = counted(
        "calls_guarded_step.calls",
        "Python calls of a run divided by its steps.",
        entry="threads",
        shape="chain",
    )
