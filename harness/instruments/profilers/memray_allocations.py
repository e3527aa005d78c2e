"""Memory with memray: everything that is allocated, also what is freed at once, and in C.

memray knows what was live when memory was at its highest: `peak_sites`.
"""

import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.instruments.counters.counts import undisturbed
from harness.instruments.profilers.places import Places, functions_of
from harness.instruments.profilers.scenarios import Scenario

LOCATIONS = 200
"""Most lines that are reported."""

Amounts = Counter[tuple[str, str, int]]
"""By function, file and line."""


def take(scenario: Scenario, places: Places, runs: int) -> dict[str, Any]:
    """The `memray` section of a profile: allocations and bytes of one run, and where."""
    with undisturbed():
        size, count, *_ = _traced(scenario, 0)
        sizes, counts, highest, peak = _traced(scenario, runs)
    sizes.subtract(size)
    counts.subtract(count)
    return {
        "runs": runs,
        "allocations": max(0.0, counts.total() / runs),
        "bytes": max(0.0, sizes.total() / runs),
        "peak_bytes": peak,
        "by_bytes": _rows(places, runs, bytes=sizes),
        "by_allocations": _rows(places, runs, allocations=counts),
        "peak_sites": _rows(places, 1, bytes=highest[0], blocks=highest[1]),
    }


def _traced(scenario: Scenario, runs: int) -> tuple[Amounts, Amounts, tuple[Amounts, Amounts], int]:
    """Of `runs` runs: bytes and blocks allocated, both at the highest moment, all bytes then."""
    import memray

    frees = [each for each in memray.AllocatorType if "FREE" in each.name or each.name == "MUNMAP"]
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder, "capture")
        with memray.Tracker(capture, trace_python_allocators=True):
            scenario.run(runs)
        reader = memray.FileReader(capture)
        every = reader.get_allocation_records()
        allocated = _by_line(each for each in every if each.allocator not in frees)
        highest = _by_line(reader.get_high_watermark_allocation_records(merge_threads=True))
    return *allocated, highest, reader.metadata.peak_memory


def _by_line(records: Iterable[Any]) -> tuple[Amounts, Amounts]:
    """Bytes and blocks of memray's records."""
    sizes, counts = Amounts(), Amounts()
    for record in records:
        # memray has no place for what C does before there is a Python frame.
        place = next(iter(record.stack_trace(max_stacks=1)), ("<C>", "<C>", 0))
        sizes[place] += record.size
        counts[place] += record.n_allocations
    return sizes, counts


def _rows(places: Places, runs: int, **figures: Amounts) -> list[dict[str, Any]]:
    """A row a line with these figures per run, most of the first one first."""
    first, *_ = figures.values()
    found = sorted((-amount, place) for place, amount in first.items() if amount > 0)
    return [
        places.row(
            functions_of(file).get(line, name),
            file,
            line=line,
            **{figure: amounts[name, file, line] / runs for figure, amounts in figures.items()},
        )
        for _, (name, file, line) in found[:LOCATIONS]
    ]
