"""Defects that cost time or memory, planted by size."""

from __future__ import annotations

from studies.planted.edits import (
    AGENT,
    BUILT,
    CHECKED,
    SCHEMAS,
    Defect,
    Edit,
    after,
    extra_work,
    in_both,
    lines,
)
from studies.planted.plantedagents import agent as clean
from studies.planted.plantedagents import schemas

IMPORT_SECONDS = 0.03  # what the clean package's schemas take on a usual machine


def _cpu(percent: int) -> Defect:
    """More of the same work after each answer, as a share of a whole run's lines."""
    work = extra_work(round(clean.CHECKS * percent / 100), 3, "more")
    return Defect(
        f"cpu-{percent}",
        "more Python work in every run",
        f"+{percent} %",
        (
            "latency.Counted.track_lines",
            "latency.OverFloor.track_cpu_ratio",
            "latency.Run.time_run",
            "latency.Added.track_p50",
            "latency.Added.track_p95",
            "latency.Added.track_p99",
            "scaling.AtOnce.track_cpu_seconds_per_request",
            "scaling.AtOnce.track_seconds_per_request",
            "workflows.Run.time_run",
        ),
        (after(AGENT, CHECKED, work, times=2),),
        cost=percent / 100,
    )


COSTS = (
    *(_cpu(percent) for percent in (2, 5, 10, 25)),
    Defect(
        "build-50",
        "more Python work when an agent is built",
        "+50 %",
        ("startup.Build.track_lines", "startup.Build.track_cpu_seconds"),
        (after(AGENT, BUILT, extra_work(clean.PARTS // 2, 2, "more")),),
    ),
    Defect(
        "import-50ms",
        "more schemas made at import",
        "+50 ms",
        (
            "startup.Import.track_calls",
            "startup.Import.track_seconds",
            "startup.Import.track_cpu_seconds",
        ),
        (
            Edit(
                SCHEMAS,
                f"\nSCHEMAS = {schemas.SCHEMAS}\n",
                f"\nSCHEMAS = {round(schemas.SCHEMAS * (1 + 0.05 / IMPORT_SECONDS))}\n",
            ),
        ),
    ),
    Defect(
        "agent-1mb",
        "memory that every agent holds",
        "+1 MiB",
        (
            "startup.Build.track_bytes",
            "startup.Build.track_retained_bytes",
            "startup.Build.track_peak_bytes",
            "latency.Memory.peakmem_runs",
        ),
        (after(AGENT, BUILT, lines(2, "self._spare = bytearray(1 << 20)")),),
    ),
    Defect(
        "leak",
        "memory that every run leaves behind",
        "1 KiB a run",
        (
            "resources.Leak.track_bytes_per_run",
            "latency.Counted.track_retained_bytes",
            "latency.Counted.track_peak_bytes",
        ),
        (
            Edit(AGENT, "\n\nclass Answer", "_KEPT: list[bytes] = []\n\n\nclass Answer"),
            in_both(lines(2, "_KEPT.append(bytes(1024))")),
        ),
    ),
)
