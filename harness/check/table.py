"""The report for people in a terminal."""

from collections.abc import Callable, Iterable, Iterator

from harness.check.judge import Verdict
from harness.check.report import Report, familiar, so_many
from harness.check.rows import Row
from harness.check.telling import by_reason, interval
from harness.common.numbers import change, quantity
from harness.rendering.lines import wrap
from harness.rendering.tables import plain

LOUD = ("failed", "regression", "improvement")  # the others are shown with --all only
MOST = 40  # rows shown without --all
REASONS = 4  # shown without --all, why rows have no verdict or no number
SILENT = ("no verdict", "n/a")
LONG = 40  # columns of a label
HEAD = ["verdict", "benchmark", "grade", "old", "new", "change (99 %)"]
LEVELS = ["verdict", "service level", "new", "limit", "worst row, or why not"]


def table(report: Report, everything: bool = False) -> str:
    """The verdict in a sentence, then what changed; the rest only if `everything`."""
    parts = [f"{report.summary()}.", f"On {report.machine}, {report.environment}."]
    parts += report.remarks
    if broken := levels(report, everything, _broken):
        parts += ["", plain(LEVELS, broken)]
    verdicts = report.sorted()
    shown = [v for v in verdicts if v.verdict in LOUD or (everything and v.verdict != "n/a")]
    kept = shown if everything else shown[:MOST]
    parts += ["", plain(HEAD, map(_lines, kept))] if kept else []
    if more := len(shown) - len(kept):
        parts.append(f"... and {more} more; --all shows them")
    quiet = [line for kind in SILENT for line in silences(verdicts, kind, everything)]
    parts += ["", *quiet] if quiet else []
    parts += ["", *report.counts(), *([] if everything else ["--all shows the rest."])]
    return "\n".join(map(wrap, parts))


def levels(
    report: Report, everything: bool = True, shown: Callable[[str], str] = str
) -> list[list[str]]:
    """Service levels, those that are broken or all, as LEVELS names them."""
    return [
        [
            level.verdict,
            level.title,
            level.in_words.replace(" (", "\n("),
            level.limit.replace(" (", "\n("),
            "\n".join(filter(None, [shown(level.row), level.reason])),
        ]
        for level in sorted(report.levels, key=lambda level: not level.is_finding)
        if everything or level.is_finding
    ]


def _lines(verdict: Verdict) -> list[str]:
    """The row of a verdict in a terminal; why, and the functions that grew, below its name."""
    shown, label, *rest = cells(verdict)
    below = [f"  {line}" for line in (verdict.reason, *verdict.where) if line]
    return [shown, "\n".join([_broken(label), *below]), *rest]


def _broken(label: str) -> str:
    """A long label over two lines, parameters below the name."""
    return label if len(label) <= LONG else label.replace("(", "\n(", 1)


def cells(verdict: Verdict) -> list[str]:
    """The row of a verdict, as HEAD names it; a cell may have several lines."""
    row, raw, net = verdict.row, change(verdict.change), change(verdict.net)
    moved = [raw] if raw == net or verdict.net is None else [raw, f"net {net}"]
    moved += filter(None, [interval(verdict.interval)])
    values = [_value(row, side.value) for side in (row.base, row.head)]
    return [verdict.verdict, row.label, row.grade, *values, "\n".join(moved)]


def _value(row: Row, value: float) -> str:
    return "\n".join(
        filter(None, [quantity(value, row.unit), familiar(row.benchmark, row.unit, value)])
    )


def silences(verdicts: Iterable[Verdict], kind: str, everything: bool) -> Iterator[str]:
    """Why rows have no verdict or no number: a line a reason, the most frequent first."""
    of_kind = (each for each in verdicts if each.verdict == kind)
    reasons = ((each.reason.removeprefix("n/a in both: "), each) for each in of_kind)
    ordered = by_reason(reasons)
    kept = ordered if everything else ordered[:REASONS]
    for reason, each in kept:
        yield f"{kind}: {so_many(len(each), 'row')}: {reason}"
    if rest := ordered[len(kept) :]:
        rows = so_many(sum(len(each) for _, each in rest), "row")
        yield f"{kind}: {rows} for {so_many(len(rest), 'other reason')}"
