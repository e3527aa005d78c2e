"""What lies beside a results file: why benchmarks gave no number, and whether the run is valid."""

from __future__ import annotations

from pathlib import Path

from harness.history import notes

INVALID = "invalid: "  # how a line of STEM.validity.txt begins that makes the run invalid


def reasons(stem: Path) -> dict[str, list[str]]:
    """Lines of the notes file by benchmark name."""
    found: dict[str, list[str]] = {}
    for line in _lines(Path(f"{stem}.notes.txt")):
        name, _, reason = line.partition(": ")
        found.setdefault(name, []).append(reason.removeprefix(notes.NOT_AVAILABLE))
    return found


def reason_of(lines: list[str], params: tuple[str, ...]) -> str:
    """The reason for one parameter combination, without the list of combinations; "" if none."""
    for line in lines:
        reason, found, labels = line.partition(f" ({notes.PARAMETERS}")
        if not found or ", ".join(params) in labels.removesuffix(")").split("; "):
            return reason
    return ""


def bare(line: str) -> str:
    """A reason without the list of parameter combinations it is about."""
    return line.partition(f" ({notes.PARAMETERS}")[0]


def invalid(stem: Path) -> list[str]:
    """Why a run is invalid; empty for a valid one and where nothing was kept."""
    lines = _lines(Path(f"{stem}.validity.txt"))
    return [line.removeprefix(INVALID) for line in lines if line.startswith(INVALID)]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return []
