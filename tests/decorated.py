"""What the decorators measured of a function, for the tests that ask."""

from harness.instruments.profilers import decorators as profiling


def timed(function):
    """Calls, failures, and seconds."""
    return profiling.results()["time"][f"{function.__module__}.{function.__qualname__}"]


def sized(function):
    """Calls, failures, and bytes."""
    return profiling.results()["memory"][f"{function.__module__}.{function.__qualname__}"]
