"""What do workflows cost: sequential, parallel, and general DAGs?"""

from harness.instruments.work import check_outputs
from harness.session.session import cell, measure
from harness.workload import dag as dags
from harness.workload.model import Model

from .common import (
    ENTRIES,
    RUNTIMES,
    Timed,
    caller,
    exact,
    figure,
    grid,
    prepared,
    runtime_of,
    samples,
    version,
)

SHAPES = list(dags.SHAPES)
STEP_LATENCY = 0.01


def makespan_cell(runtime, entry, shape):
    """A workflow whose steps wait about 10 ms for the model."""
    return cell("makespan", runtime, entry=entry, shape=shape, latency=STEP_LATENCY)


def counted_cell(kind, runtime, entry, shape):
    """kind: "calls" or "lines"."""
    return cell(f"{kind}_step", runtime, entry=entry, shape=shape)


@prepared
def one_workflow(name, entry, shape):
    """A callable that runs the shape once, checked, without model latency."""
    dag = dags.shape(shape)
    workflow = runtime_of(name).workflow(dag, Model(dag.script()))
    run = caller(workflow.run if entry == "threads" else workflow.arun, entry)
    return lambda: check_outputs(run(), dag)


class Run(Timed):
    """Standard shapes without model latency; each step needs the replies of earlier steps."""

    params = (RUNTIMES, ENTRIES, SHAPES)
    param_names = ("runtime", "entry", "shape")
    version = version(1)
    rounds = 2

    def time_run(self, ready, runtime, entry, shape):
        """Seconds of one workflow run."""
        one_workflow(runtime, entry, shape)()


class Workflow:
    """The same shapes: their schedule with 10 ms of model latency a step, and their calls."""

    params = (RUNTIMES, ENTRIES, SHAPES)
    param_names = ("runtime", "entry", "shape")
    version = version(1)

    def setup_cache(self):
        spans = [makespan_cell(*which) for which in grid(ENTRIES, SHAPES)]
        counted = [
            counted_cell(kind, *which)
            for kind in ("calls", "lines")
            for which in grid(ENTRIES, SHAPES)
        ]
        return measure(spans).update(measure(counted, exact=True))

    @figure("times the critical path", "ratios")
    def track_makespan(self, measured, runtime, entry, shape):
        """Makespan over critical path: 1 is the best any schedule can do."""
        return samples(measured, makespan_cell(runtime, entry, shape), "over_critical_path")

    @figure("calls", "counts")
    def track_calls_per_step(self, measured, runtime, entry, shape):
        """Python calls of one run divided by its steps, over all threads."""
        return exact(measured, counted_cell("calls", runtime, entry, shape), "calls")

    @figure("requests", "counts")
    def track_model_requests_per_step(self, measured, runtime, entry, shape):
        """Model requests of one run divided by its steps."""
        return exact(measured, counted_cell("calls", runtime, entry, shape), "requests")

    @figure("lines", "counts")
    def track_lines_per_step(self, measured, runtime, entry, shape):
        """Lines of Python executed by one run divided by its steps, over all threads."""
        return exact(measured, counted_cell("lines", runtime, entry, shape), "lines")
