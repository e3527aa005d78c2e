"""What a study is asked to do, and which of it is not in the raw data yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from studies.command import conditions
from studies.sensitivity import plan, raw
from studies.sensitivity.plan import Block

QUIET, LOADED = "quiet", "loaded"


@dataclass(frozen=True)
class Settings:
    """What is studied. out: raw data; work: the planted project; minutes: 0 is no bound.

    loads: QUIET, LOADED or both. again: items of which `asv continuous` is asked, too.
    """

    out: Path
    work: Path
    trials: int = 3
    defects: tuple[str, ...] = ()
    loads: tuple[str, ...] = (QUIET,)
    profile: str = "full"
    bench: tuple[str, ...] = ()
    processes: int = 0
    again: tuple[str, ...] = ()
    minutes: float = 0.0
    per_block: int = plan.PER_BLOCK
    keep: bool = False


def selection(settings: Settings) -> tuple[str, ...]:
    """asv's patterns: those asked for, or those of the profile."""
    return settings.bench or plan.PROFILES[settings.profile]


def processes(settings: Settings) -> int:
    """Worker processes a session: those asked for, or those of the profile; 0 is the default."""
    return settings.processes or plan.PROCESSES.get(settings.profile, 0)


def key(record: raw.Record) -> tuple[object, ...]:
    """What makes two records the same measurement."""
    return tuple(record[name] for name in ("profile", "load", "trial", "item", "head"))


def known_pairs(records: Sequence[raw.Record]) -> set[tuple[object, ...]]:
    """The pairs that are measured already."""
    return {key(record) for record in records if record["kind"] == "pair"}


def missing(settings: Settings, known: set[tuple[object, ...]]) -> list[tuple[int, str, Block]]:
    """Trial, load and block, each with the pairs that are still to be measured; none if none is."""
    result = []
    for trial in range(1, settings.trials + 1):
        for load in settings.loads:
            for block in plan.blocks(trial, settings.defects, settings.per_block):
                place = (settings.profile, load, trial)
                pairs = [p for p in block.pairs if (*place, p.item, p.commit) not in known]
                if pairs:
                    result.append((trial, load, Block(block.number, block.reference, tuple(pairs))))
    return result


def session(settings: Settings) -> raw.Record:
    """The machine, without its name, and what is studied."""
    about = conditions()
    return {
        "kind": "session",
        "when": now(),
        "machine": about["machine"],
        "python": about["python"],
        "profile": settings.profile,
        "bench": list(selection(settings)),
        "processes": processes(settings),
    }


def now() -> str:
    """This moment, as raw data has it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
