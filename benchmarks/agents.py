"""What does each agent that the framework itself ships cost?"""

from harness.runtimes import selected
from harness.session import cell, measure

from .common import RUNTIME, exact, prepared, runtime_of, version

# A parameter list may not be empty: where nothing is shipped, one n/a row says so.
AGENTS = list(selected().shipped_names) or ["(none shipped)"]


@prepared
def shipped_run(name):
    """A callable that makes one checked run of a shipped agent (already tried once)."""
    shipped = runtime_of(RUNTIME).shipped(name)

    def call():
        shipped.check(shipped.call())

    call()
    return call


class Shipped:
    """One run of a shipped agent on valid input; there is no floor for domain work."""

    params = AGENTS
    param_names = ("agent",)
    version = version(1)
    rounds = 2
    sample_time = 0.02
    warmup_time = 0.1
    repeat = (2, 5, 0.2)

    def setup_cache(self):
        return measure(
            (cell("calls_shipped", RUNTIME, agent=agent) for agent in AGENTS), exact=True
        )

    def time_run(self, measured, agent):
        """Seconds of one run."""
        shipped_run(agent)()

    def peakmem_runs(self, measured, agent):
        """Peak resident bytes of a process that makes 50 runs."""
        run = shipped_run(agent)
        for _ in range(50):
            run()

    peakmem_runs.rounds = 1

    def track_calls(self, measured, agent):
        """Python calls of one run, over all threads."""
        return exact(measured, cell("calls_shipped", RUNTIME, agent=agent), "calls")

    track_calls.unit = "calls"
