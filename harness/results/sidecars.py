"""What lies beside a results file: why benchmarks gave no number."""

from __future__ import annotations

from pathlib import Path

from harness.history import notes


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


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return []
