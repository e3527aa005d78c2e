"""docs/sensitivity.md, generated from the raw data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Template

from harness.common.numbers import NONE, quantity
from harness.rendering.tables import markdown
from studies.planted.defects import DEFECTS
from studies.sensitivity import figures
from studies.sensitivity.plan import SAME
from studies.sensitivity.raw import Record

TEXT = Path(__file__).with_name("page.md")


def page(records: Sequence[Record]) -> str:
    """The whole page."""
    pairs = [record for record in records if record["kind"] == "pair"]
    lines = _machines(records)
    for profile, load in sorted({(p["profile"], p["load"]) for p in pairs}, reverse=True):
        chosen = [p for p in pairs if (p["profile"], p["load"]) == (profile, load)]
        remarks = [r["text"] + "\n" for r in records if _remark_on(r, profile, load)]
        lines += [*_setting(profile, load, chosen), *remarks, *_defects(chosen), *_same(chosen)]
    text: str = Template(TEXT.read_text("utf-8"), trim_blocks=True).render(
        measured="\n".join(lines) if pairs else "", spreads="\n".join(_spreads(records)[:-1])
    )
    return text.rstrip("\n") + "\n"


def _remark_on(record: Record, profile: str, load: str) -> bool:
    return record["kind"] == "remark" and (record["profile"], record["load"]) == (profile, load)


def _machines(records: Sequence[Record]) -> list[str]:
    seen: dict[str, list[str]] = {}
    for record in records:
        if record["kind"] == "session":
            about = record["machine"]
            told = (
                f"{about['num_cpu']} cores of {about['cpu']}, {about['ram']},"
                f" {about['os']} {about['arch']}, Python {record['python']}"
            )
            seen.setdefault(told, []).append(record["when"][:10])
    lines = [f"- {told}; {_days(days)}" for told, days in seen.items()]
    return ["Measured on:", "", *lines, ""] if lines else []


def _days(days: Sequence[str]) -> str:
    return min(days) if min(days) == max(days) else f"{min(days)} to {max(days)}"


def _setting(profile: str, load: str, pairs: Sequence[Record]) -> list[str]:
    what = "the whole suite" if profile == "full" else f"the benchmarks of profile `{profile}`"
    how = "nothing else of ours running" if load == "quiet" else "one core kept busy"
    trials = len({pair["trial"] for pair in pairs})
    same = sum(pair["item"] == SAME for pair in pairs)
    seconds = sum(pair["seconds"] for pair in pairs) / len(pairs)
    told = f"Trials: {trials}, with {len(pairs)} pairs, of which {same} A/A; {how}."
    told += f" A run took {seconds:.0f} s on average."
    return [f"## {what[0].upper()}{what[1:]}, {load}", "", told, ""]


def _asked(pairs: Sequence[Record]) -> list[str]:
    return [rule for rule in figures.RULES if any(rule in pair["rules"] for pair in pairs)]


def _defects(pairs: Sequence[Record]) -> list[str]:
    rules = _asked(pairs)
    rows = []
    if any(pair["item"] == SAME for pair in pairs):
        rows.append(["nothing (A/A)", "", *(_suites(pairs, rule) for rule in rules)])
    for defect in DEFECTS:
        if any(pair["item"] == defect.tag for pair in pairs):
            cells = [_found(figures.found(pairs, defect.tag, rule)) for rule in rules]
            rows.append([f"`{defect.tag}`: {defect.what}", defect.size, *cells])
    return markdown(["defect", "size", *(figures.RULES[rule] for rule in rules)], rows)


def _suites(pairs: Sequence[Record], rule: str) -> str:
    seen = figures.alarms(pairs, rule)
    return f"{seen.suite_alarms} of {seen.suites}" if seen.suites else "n/a"


def _found(found: figures.Found) -> str:
    if not found.trials:
        return "n/a"
    by = f" `{found.top}`" if found.top else ""
    return f"{found.hits} of {found.trials}{by}"


def _same(pairs: Sequence[Record]) -> list[str]:
    rows, notes = [], []
    for rule in _asked(pairs):
        seen = figures.alarms(pairs, rule)
        if seen.suites:
            rows.append(
                [
                    figures.RULES[rule],
                    _share(seen.row_alarms, seen.rows) if rule != "continuous" else "n/a",
                    _share(seen.suite_alarms, seen.suites),
                ]
            )
        for note, times in figures.unanswered(pairs, rule).most_common(3):
            notes.append(f"- {figures.RULES[rule]} said nothing of {times} pairs: {note}")
    head = ["false alarms of A/A pairs", "of comparisons", "of whole suites"]
    return markdown(head, rows) + ([*notes, ""] if notes else [])


def _share(hits: int, of: int) -> str:
    """A share with Wilson's interval: few trials prove little."""
    if not of:
        return "n/a"
    low, high = figures.interval(hits, of)
    return f"{hits} of {of} ({quantity(low, 'share')} to {quantity(high, 'share')})"


def _spreads(records: Sequence[Record]) -> list[str]:
    """How far values of the same code lie apart."""
    loads = sorted({r["load"] for r in records if r["kind"] == "values"}, reverse=True)
    by_load = {load: figures.by_label(records, load) for load in loads}
    rows = []
    for label in sorted({label for values in by_load.values() for label in values}):
        each = [by_load[load].get(label, []) for load in loads]
        every = [value for values in each for value in values]
        rows.append([f"`{label}`", str(len(every)), *map(_spread, [*each, every])])
    head = ["benchmark", "runs", *loads, "over all"]
    return markdown(head, rows)


def _spread(values: Sequence[float]) -> str:
    return quantity(figures.spread(values), "share") if len(values) > 1 else NONE
