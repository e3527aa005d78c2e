"""What does importing the framework and building an agent cost?"""

from .declared import RUNTIMES, Tracked, counted, exact, session, size, tracked, version


class Startup(Tracked):
    """Measured once for both classes below."""

    axes = {"runtime": RUNTIMES}

    def setup_cache(self):
        return session(Import, Build)


class Import(Startup):
    """In a fresh interpreter: what a program imports that builds agents and workflows.

    The floor imports asyncio.
    """

    track_seconds = tracked("fresh_import.seconds", "Wall seconds of the import.")
    track_cpu_seconds = tracked("fresh_import.cpu_seconds", "CPU seconds of the import.")
    track_bytes = size("fresh_import.bytes", "Bytes of resident memory that the import adds.")
    track_modules = counted(
        "fresh_import.modules", "Modules that the import loads.", read=max, quick=True
    )
    track_threads = counted(
        "fresh_import.threads", "Python threads that the import leaves.", read=max, quick=True
    )
    track_processes = counted(
        "fresh_import.processes", "Processes that the import leaves.", read=max, quick=True
    )
    track_calls = counted("calls_import.calls", "Python calls that the import makes.")


class Build(Startup):
    """Building one agent with one tool, on a model that is there already."""

    track_cpu_seconds = tracked("build.seconds", "CPU seconds of building an agent.")
    track_bytes = size("build.bytes", "Bytes of Python memory that a built agent holds.")
    track_calls = counted("calls_build.calls", "Python calls of building an agent.")
    track_lines = counted("lines_build.lines", "Lines of Python executed to build an agent.")
    track_lines.version = version(2)
    track_model_requests = counted(
        "calls_build.requests", "Model requests while an agent is built."
    )
    track_peak_bytes = size("peak_build.peak_bytes", "Bytes of Python memory needed at the peak.")
    track_peak_bytes.version = version(2)
    track_retained_bytes = size(
        "retained_build.retained_bytes",
        "Bytes that stay when the agent is gone, in steps of 64.",
        exact,
    )
