"""What does each agent that the framework itself ships cost?"""

from harness.runtimes import load
from harness.session.session import cell, measure

from .common import RUNTIME, Timed, exact, figure, prepared, runtime_of, version

# A parameter list may not be empty: where nothing is shipped, one n/a row says so.
AGENTS = list(load(RUNTIME).shipped_names) or ["(none shipped)"]


def calls_cell(agent):
    return cell("calls_shipped", RUNTIME, agent=agent)


@prepared
def shipped_run(name):
    """A callable that makes one checked run of a shipped agent."""
    shipped = runtime_of(RUNTIME).shipped(name)
    return lambda: shipped.check(shipped.call())


class Shipped(Timed):
    """One run of a shipped agent on valid input; there is no floor for domain work."""

    params = AGENTS
    param_names = ("agent",)
    version = version(1)
    rounds = 2

    def time_run(self, ready, agent):
        """Seconds of one run."""
        shipped_run(agent)()


class Memory:
    """The memory of a process that runs a shipped agent."""

    params = AGENTS
    param_names = ("agent",)
    version = version(1)

    def peakmem_runs(self, agent):
        """Peak resident bytes of a process that makes 50 runs."""
        run = shipped_run(agent)
        for _ in range(50):
            run()


class Counted:
    """What one run does, counted."""

    params = AGENTS
    param_names = ("agent",)
    version = version(1)

    def setup_cache(self):
        return measure(map(calls_cell, AGENTS), exact=True)

    @figure("calls", "counts")
    def track_calls(self, measured, agent):
        """Python calls of one run, over all threads."""
        return exact(measured, calls_cell(agent), "calls")
