"""What do runs hold on to, and do they block the event loop?"""

from harness.session.session import cell, measure

from .common import ENTRIES, RUNTIMES, exact, figure, grid, look_up, samples, version


def leak_cell(runtime, entry):
    return cell("leak", runtime, entry=entry)


def leftovers_cell(runtime, entry):
    return cell("leftovers", runtime, entry=entry)


def block_cell(runtime):
    return cell("blocked_loop", runtime, entry="asyncio")


def cpu_cell(runtime, entry):
    return cell("cpu_share", runtime, entry=entry)


class Resources:
    """Measured once for all classes below."""

    version = version(1)

    def setup_cache(self):
        blocks = measure([block_cell(runtime) for runtime in RUNTIMES], counts=True)
        held = [make(*which) for which in grid(ENTRIES) for make in (leak_cell, leftovers_cell)]
        return blocks.update(measure(held, exact=True))


class Leak(Resources):
    """Memory that grows with every run."""

    params = (RUNTIMES, ENTRIES)
    param_names = ("runtime", "entry")

    @figure("bytes", "counts")
    def track_bytes_per_run(self, measured, runtime, entry):
        """Bytes of Python memory that each further run keeps, in steps of 128."""
        return exact(measured, leak_cell(runtime, entry), "bytes_per_run")


class Leftovers(Resources):
    """What is there after 5 agents with a tool were built, run 20 times each, and let go."""

    version = version(2)
    params = (RUNTIMES, ENTRIES)
    param_names = ("runtime", "entry")

    @figure("threads", "counts")
    def track_threads(self, measured, runtime, entry):
        """Threads left behind."""
        return exact(measured, leftovers_cell(runtime, entry), "threads")

    @figure("descriptors", "counts")
    def track_descriptors(self, measured, runtime, entry):
        """Open descriptors left behind."""
        return exact(measured, leftovers_cell(runtime, entry), "descriptors")


class EventLoop(Resources):
    """A watcher on the event loop while runs arrive every 10 ms."""

    params = RUNTIMES
    param_names = ("runtime",)

    @figure("seconds", "absolutes")
    def track_longest_block(self, measured, runtime):
        """Longest time the event loop did not turn."""
        return samples(measured, block_cell(runtime), "longest_block")

    @figure("blocks", "counts")
    def track_blocks(self, measured, runtime):
        """Times the event loop did not turn for 40 ms, in the best of the processes."""
        return float(min(look_up(measured, block_cell(runtime), "blocks")))


class Load:
    """Runs that arrive at 50 a second, with a model of 20 ms."""

    params = (RUNTIMES, ENTRIES)
    param_names = ("runtime", "entry")
    version = version(1)

    def setup_cache(self):
        return measure(cpu_cell(*which) for which in grid(ENTRIES))

    @figure("of one core", "absolutes")
    def track_cpu(self, measured, runtime, entry):
        """CPU seconds of the process divided by wall seconds."""
        return samples(measured, cpu_cell(runtime, entry), "share")
