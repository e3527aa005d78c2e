"""What does each agent that the framework itself ships cost?"""

from harness.runtimes import load
from harness.session import cell, measure

from .common import RUNTIME, exact, prepared, runtime_of, skip_where_missing, version

# A parameter list may not be empty: where nothing is shipped, one n/a row says so.
AGENTS = list(load(RUNTIME).shipped_names) or ["(none shipped)"]


def calls_cell(agent):
    return cell("calls_shipped", RUNTIME, agent=agent)


@prepared
def shipped_run(name):
    """A callable that makes one checked run of a shipped agent."""
    shipped = runtime_of(RUNTIME).shipped(name)
    return lambda: shipped.check(shipped.call())


class Shipped:
    """One run of a shipped agent on valid input; there is no floor for domain work."""

    params = AGENTS
    param_names = ("agent",)
    version = version(1)
    rounds = 1
    sample_time = 0.02
    repeat = (5, 10, 0.3)

    def setup_cache(self):
        return measure(map(calls_cell, AGENTS), exact=True)

    def time_run(self, measured, agent):
        """Seconds of one run."""
        skip_where_missing(measured, calls_cell(agent))
        shipped_run(agent)()

    def peakmem_runs(self, measured, agent):
        """Peak resident bytes of a process that makes 50 runs."""
        skip_where_missing(measured, calls_cell(agent))
        run = shipped_run(agent)
        for _ in range(50):
            run()

    def track_calls(self, measured, agent):
        """Python calls of one run, over all threads."""
        return exact(measured, calls_cell(agent), "calls")

    track_calls.unit = "calls"
