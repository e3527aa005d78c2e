"""What does one run execute and allocate, to the instruction? Only with HARNESS_INSTRUCTIONS=1."""

import itertools

from harness.measures import valgrind
from harness.session.session import Measured, cell, measure

from .common import ENTRIES, RUNTIMES, exact, figure, skip, version

TOOL_ROUNDS = [0, 3]


def valgrind_cell(tool, runtime, entry, tool_rounds):
    """tool: "instructions" or "allocations"."""
    return cell(f"{tool}_run", runtime, entry=entry, tool_rounds=tool_rounds)


def counted(measured, this, name):
    """An exact figure, or n/a with how to get it."""
    if not valgrind.wanted():
        skip(valgrind.NOT_WANTED)
    return exact(measured, this, name)


class UnderValgrind:
    """One run under valgrind, C extensions included; framework and floor."""

    params = (RUNTIMES, ENTRIES, TOOL_ROUNDS)
    param_names = ("runtime", "entry", "tool_rounds")
    version = version(1)

    def setup_cache(self):
        measured = Measured()
        if valgrind.wanted():
            for tool, *which in itertools.product(valgrind.TOOLS, ENTRIES, TOOL_ROUNDS):
                # A framework takes long to import there: a worker for each.
                cells = [valgrind_cell(tool, runtime, *which) for runtime in RUNTIMES]
                measured.update(measure(cells, exact=True))
        return measured

    setup_cache.timeout = 3600  # seconds

    @figure("instructions", "counts")
    def track_instructions(self, measured, runtime, entry, tool_rounds):
        """Machine instructions of one run."""
        this = valgrind_cell("instructions", runtime, entry, tool_rounds)
        return counted(measured, this, "instructions")

    @figure("allocations", "counts")
    def track_allocations(self, measured, runtime, entry, tool_rounds):
        """Blocks of memory that one run takes from the allocator, freed again or not."""
        this = valgrind_cell("allocations", runtime, entry, tool_rounds)
        return counted(measured, this, "allocations")

    @figure("bytes", "counts")
    def track_allocated_bytes(self, measured, runtime, entry, tool_rounds):
        """Bytes in all of these blocks together."""
        this = valgrind_cell("allocations", runtime, entry, tool_rounds)
        return counted(measured, this, "allocated_bytes")
