"""Runtimes that break in the worst ways, for tests/session/test_session_faults.py."""

import signal

import child_functions

from harness.runtimes.floor.agent import FloorAgent, FloorRuntime


class _Faulty(FloorRuntime):
    """The floor, with a fault before each run."""

    def agent(self, model):
        fault = self.fault

        class Agent(FloorAgent):
            """Does its work after the fault, if there is an after."""

            def run(self, prompt):
                fault()
                return super().run(prompt)

        return Agent(model)


class Hangs(_Faulty):
    """For ever, in C, and no SIGTERM ends it."""

    name = "hangs"

    def fault(self):
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        child_functions.sleeps_in_c()


class Segfaults(_Faulty):
    """As a C extension does."""

    name = "segfaults"

    def fault(self):
        child_functions.ends_itself(signal.SIGSEGV)


class Hoards(_Faulty):
    """Memory without end."""

    name = "hoards"

    def fault(self):
        child_functions.hoards()


class Floods(_Faulty):
    """Output without end."""

    name = "floods"

    def fault(self):
        child_functions.floods()


class Forks(_Faulty):
    """Processes without end."""

    name = "forks"

    def fault(self):
        child_functions.forks()
