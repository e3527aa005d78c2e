"""What do workflows cost: sequential, parallel, and general DAGs?"""

from harness.instruments.work import check_outputs
from harness.workload import dag as dags
from harness.workload.model import Model

from .declared import ENTRIES, RUNTIMES, Tracked, counted, ratio, session
from .timed import Timed, caller, prepared, runtime_of

SHAPE = {"runtime": RUNTIMES, "entry": ENTRIES, "shape": list(dags.SHAPES)}


@prepared
def one_workflow(name, entry, shape):
    """A callable that runs the shape once, checked, without model latency."""
    dag = dags.shape(shape)
    workflow = runtime_of(name).workflow(dag, Model(dag.script()))
    run = caller(workflow.run if entry == "threads" else workflow.arun, entry)
    return lambda: check_outputs(run(), dag)


class Run(Timed):
    """Standard shapes without model latency; each step needs the replies of earlier steps."""

    axes = SHAPE
    rounds = 2

    def time_run(self, ready, runtime, entry, shape):
        """Seconds of one workflow run."""
        one_workflow(runtime, entry, shape)()


class Workflow(Tracked):
    """The same shapes: their schedule with 10 ms of model latency a step, and their calls."""

    axes = SHAPE
    track_makespan = ratio(
        "makespan.over_critical_path",
        "Makespan over critical path: 1 is the best any schedule can do.",
        "times the critical path",
        latency=0.01,
    )
    track_calls_per_step = counted(
        "calls_step.calls", "Python calls of a run divided by its steps."
    )
    track_model_requests_per_step = counted(
        "calls_step.requests", "Model requests of a run divided by its steps."
    )
    track_lines_per_step = counted(
        "lines_step.lines", "Lines executed by a run divided by its steps."
    )

    def setup_cache(self):
        return session(Workflow)
