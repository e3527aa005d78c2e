"""What does one run execute and allocate, to the instruction? Only with HARNESS_INSTRUCTIONS=1."""

from .declared import ENTRIES, RUNTIMES, TOOL_ROUNDS, Tracked, counted, session


class UnderValgrind(Tracked):
    """One run under valgrind, C extensions included; framework and floor."""

    axes = {"runtime": RUNTIMES, "entry": ENTRIES, "tool_rounds": TOOL_ROUNDS}
    track_instructions = counted(
        "instructions_run.instructions", "Machine instructions of one run."
    )
    track_allocations = counted(
        "allocations_run.allocations",
        "Blocks of memory that one run takes from the allocator, freed again or not.",
    )
    track_allocated_bytes = counted(
        "allocations_run.allocated_bytes", "Bytes in all of these blocks together.", "bytes"
    )

    def setup_cache(self):
        return session(UnderValgrind)
