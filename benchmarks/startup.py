"""What does importing the framework and building an agent cost?"""

from harness.session.session import cell, measure

from .common import RUNTIMES, exact, figure, samples, version


class Startup:
    """Measured once for both classes below."""

    params = RUNTIMES
    param_names = ("runtime",)
    version = version(1)

    def setup_cache(self):
        cells = [cell(name, r) for name in ("fresh_import", "build") for r in RUNTIMES]
        kinds = ("calls_import", "calls_build", "lines_build", "memory_build")
        counted = [cell(name, r) for name in kinds for r in RUNTIMES]
        return measure(cells).update(measure(counted, exact=True))


class Import(Startup):
    """Importing what a program that builds agents and workflows imports; floor: asyncio."""

    @figure("seconds", "absolutes")
    def track_seconds(self, measured, runtime):
        """Wall seconds of the import in a fresh interpreter."""
        return samples(measured, cell("fresh_import", runtime), "seconds")

    @figure("seconds", "absolutes")
    def track_cpu_seconds(self, measured, runtime):
        """CPU seconds of the import in a fresh interpreter."""
        return samples(measured, cell("fresh_import", runtime), "cpu_seconds")

    @figure("bytes", "absolutes")
    def track_bytes(self, measured, runtime):
        """Bytes the import adds to the resident memory of a fresh interpreter."""
        return samples(measured, cell("fresh_import", runtime), "bytes")

    @figure("modules", "counts")
    def track_modules(self, measured, runtime):
        """Modules the import loads in a fresh interpreter."""
        return max(samples(measured, cell("fresh_import", runtime), "modules")["samples"])

    @figure("calls", "counts")
    def track_calls(self, measured, runtime):
        """Python calls made by the import in a fresh interpreter."""
        return exact(measured, cell("calls_import", runtime), "calls")


class Build(Startup):
    """Building one agent with one tool, on a model that is there already."""

    @figure("seconds", "absolutes")
    def track_cpu_seconds(self, measured, runtime):
        """CPU seconds of building an agent."""
        return samples(measured, cell("build", runtime), "seconds")

    @figure("bytes", "absolutes")
    def track_bytes(self, measured, runtime):
        """Bytes of Python memory that an agent holds once it is built."""
        return samples(measured, cell("build", runtime), "bytes")

    @figure("calls", "counts")
    def track_calls(self, measured, runtime):
        """Python calls of building an agent."""
        return exact(measured, cell("calls_build", runtime), "calls")

    @figure("lines", "counts")
    def track_lines(self, measured, runtime):
        """Lines of Python executed to build an agent."""
        return exact(measured, cell("lines_build", runtime), "lines")

    @figure("requests", "counts")
    def track_model_requests(self, measured, runtime):
        """Model requests made while an agent is built."""
        return exact(measured, cell("calls_build", runtime), "requests")

    @figure("bytes", "absolutes")
    def track_peak_bytes(self, measured, runtime):
        """Bytes of Python memory that building an agent needs at its peak."""
        return exact(measured, cell("memory_build", runtime), "peak_bytes")

    @figure("bytes", "absolutes")
    def track_retained_bytes(self, measured, runtime):
        """Bytes of Python memory that stay when the agent is gone, in steps of 512."""
        return exact(measured, cell("memory_build", runtime), "retained_bytes")
