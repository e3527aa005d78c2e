"""What does one run execute and allocate, to the instruction? Only with HARNESS_INSTRUCTIONS=1."""

from harness.measures import valgrind
from harness.session.session import Measured, Outcome, measure

from .declared import ENTRIES, RUNTIMES, TOOL_ROUNDS, Tracked, counted


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
        cells = list(dict.fromkeys(self.cells(is_exact=True)))
        if not valgrind.wanted():
            return Measured({one: Outcome(not_measured=valgrind.NOT_WANTED) for one in cells})
        measured, side_by_side = Measured(), len(RUNTIMES)
        for i in range(0, len(cells), side_by_side):
            # A framework takes long to import there: a worker for each experiment.
            measured.update(measure(cells[i : i + side_by_side], exact=True))
        return measured

    setup_cache.timeout = 3600  # seconds
