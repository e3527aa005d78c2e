"""What does each agent that the framework itself ships cost?"""

from harness.runtimes import load

from .declared import RUNTIME, Parametrized, Tracked, counted, session
from .timed import Timed, prepared, runtime_of

# A parameter list may not be empty: where nothing is shipped, one n/a row says so.
AGENT = {"agent": list(load(RUNTIME).shipped_names) or ["(none shipped)"]}


@prepared
def shipped_run(name):
    """A callable that makes one checked run of a shipped agent."""
    shipped = runtime_of(RUNTIME).shipped(name)
    return lambda: shipped.check(shipped.call())


class Shipped(Timed):
    """One run of a shipped agent on valid input; there is no floor for domain work."""

    axes = AGENT

    def time_run(self, ready, agent):
        """Seconds of one run."""
        shipped_run(agent)()


class Memory(Parametrized):
    """The memory of a process that runs a shipped agent."""

    axes = AGENT

    def peakmem_runs(self, agent):
        """Peak resident bytes of a process that makes 50 runs."""
        run = shipped_run(agent)
        for _ in range(50):
            run()


class Counted(Tracked):
    """What one run does, counted."""

    axes = AGENT
    track_calls = counted("calls_shipped.calls", "Python calls of one run, over all threads.")

    def setup_cache(self):
        return session(Counted)
