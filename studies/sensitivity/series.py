"""Detectors over series: asv's step detection and Otava on series made of the A/A samples.

A series is drawn with replacement from the values that one benchmark had in clean runs, so it
has their spread but not their drift; at a known place it is raised by a known step.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from harness.history import settings
from studies.sensitivity import raw

LENGTH = 60  # commits
AGES = (5, 30)  # commits since the step
STEPS = (0.0, 0.02, 0.05, 0.10, 0.25)
WITHIN = 3  # commits from the true place
FEWEST = 8  # clean runs, below which their spread is not known
ASV, ASV_REPORT = "asv step detection", "asv publish"
OTAVA, OTAVA_STRICT = "Otava, p = 0.001", "Otava, p = 1e-6"
PVALUES = {OTAVA: 1e-3, OTAVA_STRICT: 1e-6}
ROWS = {
    "counts": "latency.Counted.track_lines('planted', 'threads', 0)",
    "ratio over the floor": "latency.OverFloor.track_cpu_ratio('threads', 0)",
    "wall clock": "latency.Run.time_run('planted', 'threads', 0)",
    "p95": "latency.Added.track_p95('planted', 'threads', 0.0)",
}
Series = Sequence[float]


@dataclass(frozen=True)
class Case:
    """Series of one kind. step: relative height, 0 is none; age: commits since the step."""

    row: str
    load: str
    step: float
    age: int
    series: tuple[Series, ...]


def pools(records: Sequence[raw.Record]) -> dict[tuple[str, str], list[float]]:
    """The values of clean runs by kind of row and load, as far as there are enough."""
    found: dict[tuple[str, str], list[float]] = {}
    for record in records:
        if record["kind"] == "values":
            for row, label in ROWS.items():
                value = record["values"].get(label)
                if value is not None:
                    found.setdefault((row, record["load"]), []).append(float(value))
    return {place: values for place, values in found.items() if len(values) >= FEWEST}


def cases(records: Sequence[raw.Record], count: int, seed: int = 0) -> list[Case]:
    """`count` series for each row, load, step and age; without a step there is no age."""
    result = []
    for (row, load), values in pools(records).items():
        rng = random.Random(f"{seed} {row} {load}")
        middle = statistics.median(values)
        for step in STEPS:
            for age in AGES if step else AGES[:1]:
                drawn = tuple(
                    _series([v / middle for v in values], step, age, rng) for _ in range(count)
                )
                result.append(Case(row, load, step, age, drawn))
    return result


def _series(pool: Sequence[float], step: float, age: int, rng: random.Random) -> list[float]:
    start = LENGTH - age
    return [rng.choice(pool) * (1 + step if i >= start else 1) for i in range(LENGTH)]


def asv_steps(series: Series) -> list[int]:
    """The first commits of the levels, in asv's step detection, that are above the one before."""
    from asv.step_detect import detect_steps

    steps = detect_steps(list(series))
    return [step[0] for former, step in pairwise(steps) if step[2] > former[2]]


def asv_reported(series: Series) -> list[int]:
    """The steps that asv's publisher reports as regressions at its default threshold."""
    from asv.step_detect import detect_regressions, detect_steps

    _, _, found = detect_regressions(detect_steps(list(series)), threshold=0.05)
    return [after for _, after, _, _ in found or []]


def otava_steps(python: Path, pvalue: float, many: Sequence[Series]) -> list[list[int]]:
    """Where Otava, in an environment of its own, sees a series rise."""
    script = Path(__file__).with_name("otava_job.py")
    order = json.dumps({"pvalue": pvalue, "series": [list(series) for series in many]})
    done = subprocess.run(
        [str(python), "-I", str(script)], input=order, capture_output=True, text=True, timeout=1800
    )
    if done.returncode:
        raise RuntimeError(f"Otava failed: {done.stderr.strip().splitlines()[-1]}")
    answer: list[list[int]] = json.loads(done.stdout)
    return answer


def install_otava(folder: Path) -> Path:
    """The Python of an environment with Otava, which pins numpy; RuntimeError with the reason."""
    python = folder / "bin" / "python"
    if (folder / "complete").exists():
        return python
    for step in (
        ["venv", "--quiet", "--clear", str(folder)],
        ["pip", "install", "--quiet", "--python", str(python), "apache-otava==0.8.0"],
    ):
        env = {**os.environ, **settings.uv_environment()}
        uv = [sys.executable, "-m", "uv", *step]
        done = subprocess.run(uv, env=env, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise RuntimeError(f"Otava could not be installed: uv {step[0]}: {reason[:120]}")
    (folder / "complete").touch()
    return python


def judged(found: Sequence[Sequence[int]], case: Case) -> dict[str, Any]:
    """How many series had the step found, and how many alarms were false, as raw data."""
    start = LENGTH - case.age
    near = [
        [abs(place - start) <= WITHIN for place in places] if case.step else [False] * len(places)
        for places in found
    ]
    return {
        "row": case.row,
        "load": case.load,
        "step": case.step,
        "age": case.age,
        "series": len(case.series),
        "hits": sum(any(places) for places in near),
        "false": sum(not hit for places in near for hit in places),
    }


def study(records: Sequence[raw.Record], count: int, otava: Path | None) -> list[raw.Record]:
    """One record for each detector and case. otava: the Python that has it, if any."""
    detectors: Mapping[str, Any] = {
        ASV: lambda many: [asv_steps(series) for series in many],
        ASV_REPORT: lambda many: [asv_reported(series) for series in many],
    }
    if otava is not None:
        by_pvalue = {
            name: (lambda many, p=pvalue: otava_steps(otava, p, many))
            for name, pvalue in PVALUES.items()
        }
        detectors = {**detectors, **by_pvalue}
    return [
        {"kind": "series", "detector": name, **judged(detect(case.series), case)}
        for case in cases(records, count)
        for name, detect in detectors.items()
    ]
