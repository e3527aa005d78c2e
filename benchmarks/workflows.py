"""What do workflows cost: sequential, parallel, and general DAGs?"""

from harness import dag as dags
from harness.measures import check_outputs
from harness.model import Model
from harness.session import cell, measure

from .common import (
    ENTRIES,
    RUNTIMES,
    event_loop,
    exact,
    prepared,
    runtime_of,
    samples,
    version,
)

SHAPES = list(dags.SHAPES)
STEP_LATENCY = 0.02


def makespan_cell(runtime, entry, shape):
    """A workflow whose steps wait about 20 ms for the model."""
    return cell("makespan", runtime, mode=entry, shape=shape, latency=STEP_LATENCY)


@prepared
def one_workflow(name, entry, shape):
    """A callable that runs the shape once, checked, without model latency (tried once)."""
    dag = dags.shape(shape)
    workflow = runtime_of(name).workflow(dag, Model(dag.script()))

    def call():
        if entry == "asyncio":
            outputs = event_loop().run_until_complete(workflow.arun())
        else:
            outputs = workflow.run()
        check_outputs(outputs, dag)

    call()
    return call


class Workflow:
    """Standard shapes; each step is one agent call that needs the replies of earlier steps."""

    params = (RUNTIMES, ENTRIES, SHAPES)
    param_names = ("runtime", "entry", "shape")
    version = version(1)
    rounds = 2
    sample_time = 0.02
    warmup_time = 0.1
    repeat = (2, 5, 0.2)

    def setup_cache(self):
        grid = [(r, e, s) for e in ENTRIES for s in SHAPES for r in RUNTIMES]
        spans = measure(makespan_cell(*which) for which in grid)
        steps = (cell("calls_step", r, mode=e, shape=s) for r, e, s in grid)
        return spans.update(measure(steps, exact=True))

    def time_run(self, measured, runtime, entry, shape):
        """Seconds of one workflow run without model latency."""
        one_workflow(runtime, entry, shape)()

    def track_makespan(self, measured, runtime, entry, shape):
        """Makespan over critical path: 1 is the best any schedule can do."""
        this = makespan_cell(runtime, entry, shape)
        return samples(measured, this, "over_critical_path")

    def track_calls_per_step(self, measured, runtime, entry, shape):
        """Python calls of one run divided by its steps, over all threads."""
        return exact(measured, cell("calls_step", runtime, mode=entry, shape=shape), "calls")

    track_makespan.unit = "times the critical path"
    track_calls_per_step.unit = "calls"
