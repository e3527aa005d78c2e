"""What does each agent that the framework itself ships cost?"""

from harness.runtimes import load
from harness.session import cell, measure

from .common import RUNTIME, exact, prepared, runtime_of, version

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
    rounds = 4  # processes: repeats within one are correlated
    sample_time = 0.02
    repeat = (2, 3, 0.2)

    def time_run(self, agent):
        """Seconds of one run."""
        shipped_run(agent)()

    def peakmem_runs(self, agent):
        """Peak resident bytes of a process that makes 50 runs."""
        run = shipped_run(agent)
        for _ in range(50):
            run()

    peakmem_runs.rounds = 1


class Counted:
    """What one run does, counted."""

    params = AGENTS
    param_names = ("agent",)
    version = version(1)

    def setup_cache(self):
        return measure(map(calls_cell, AGENTS), exact=True)

    def track_calls(self, measured, agent):
        """Python calls of one run, over all threads."""
        return exact(measured, calls_cell(agent), "calls")

    track_calls.unit = "calls"
