"""What a trial measures, in which order, and against what.

A trial is cut into blocks. Each begins with a harmless commit, the block's reference; then come
one more harmless commit (an A/A pair) and a few defects in random order. So a comparison is
between runs that are minutes apart, as when a release is measured after the one before, and
never between a run and a reference of hours ago.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from studies.planted.defects import DEFECTS

SAME = "a/a"
"""The item of a pair of two harmless commits."""

PER_BLOCK = 5
"""Defects that share a reference, unless asked otherwise."""

PROFILES: dict[str, tuple[str, ...]] = {
    "full": (),
    "exact": (
        r"^virtual\.",
        r"^resources\.",
        r"^latency\.Counted",
        r"^startup\.Import\.track_(calls|modules)",
        r"^startup\.Build\.track_(?!cpu)",
        r"^scaling\.AtOnce\.track_error_rate",
        r"^controls\.Controls\.time",
    ),
    "counts": (
        r"^virtual\.",
        r"^resources\.(Leak|Leftovers)",
        r"^resources\.EventLoop\.track_blocks",
        r"^latency\.Counted",
        r"^startup\.Import\.track_calls",
        r"^startup\.Build\.track_(calls|lines|retained_bytes|peak_bytes)",
    ),
    "timing": (r"^latency\.(Run|OverFloor|Added|Counted)", r"^controls\."),
}
"""asv's `--bench` patterns by the name of a profile; none means the whole suite."""

COUNTS_ONLY = ("counts",)
"""Profiles that leave out what is timed; quick, and no noisier on a busy machine."""

PROCESSES = {"exact": 3, "counts": 3}
"""Worker processes a session, where a profile does not leave them at the default of the suite.

Counts need one; three are the fewest with which the rest has any spread at all.
"""


@dataclass(frozen=True)
class Pair:
    """One comparison: `item` is a defect or SAME; reference and commit are tags."""

    item: str
    reference: str
    commit: str


@dataclass(frozen=True)
class Block:
    """Pairs with one reference."""

    number: int
    reference: str
    pairs: tuple[Pair, ...]


def blocks(trial: int, tags: Sequence[str], size: int = PER_BLOCK) -> list[Block]:
    """The blocks of a trial over these defects; the same trial gives the same blocks.

    size: defects a block. Without defects there is one block, of so many A/A pairs.
    """
    rng = random.Random(f"trial {trial}")
    clean = ["base", *(f"{defect.tag}-clean" for defect in DEFECTS)]
    order = list(tags)
    rng.shuffle(order)
    parts = [order[i : i + size] for i in range(0, len(order), size)]
    if not parts:
        return [_block(0, (), rng.sample(clean, 1 + min(size, len(clean) - 1)), rng)]
    return [_block(number, part, rng.sample(clean, 2), rng) for number, part in enumerate(parts)]


def _block(number: int, part: Sequence[str], clean: Sequence[str], rng: random.Random) -> Block:
    reference, *same = clean
    pairs = [Pair(tag, reference, tag) for tag in part]
    pairs += [Pair(SAME, reference, twin) for twin in same]
    rng.shuffle(pairs)
    return Block(number, reference, tuple(pairs))
