"""docs/sensitivity.md: the text of page.md with counts of the raw data in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from jinja2 import StrictUndefined, Template
from scipy.stats import beta

from harness.common.numbers import NONE, quantity
from harness.rendering.tables import markdown
from studies.planted.defects import DEFECTS
from studies.sensitivity.rules import FAILED
from studies.sensitivity.trials import COUNTS, NOTHING, SAME, Record

TEXT = Path(__file__).with_name("page.md")
RULES = {
    "check": "`harness check`",
    "compare": "`asv compare`",
    "continuous": "`asv continuous`",
    "p95": "p95 + 10 %",
}


def render(records: Sequence[Record]) -> str:
    """The whole page."""
    of_kind: dict[str, list[Record]] = {"pair": [], "session": [], "remark": []}
    for each in records:
        of_kind.setdefault(each["kind"], []).append(each)
    settings = sorted({_setting(pair) for pair in of_kind["pair"]}, reverse=True)
    text: str = Template(
        TEXT.read_text("utf-8"), undefined=StrictUndefined, trim_blocks=True
    ).render(
        machines=_machines(of_kind["session"]),
        sections=[_section(each, of_kind["pair"], of_kind["remark"]) for each in settings],
    )
    return text.rstrip("\n") + "\n"


def _setting(record: Record) -> tuple[str, str]:
    return record["profile"], record["load"]


def _section(setting: tuple[str, str], pairs: list[Record], remarks: list[Record]) -> Record:
    """What page.md shows of a profile and load."""
    chosen = [each for each in pairs if _setting(each) == setting]
    rules = [rule for rule in RULES if any(rule in each["rules"] for each in chosen)]
    same = [each for each in chosen if each["item"] == SAME]
    notes = Counter(
        (RULES[rule], each["rules"][rule]["note"])
        for each in chosen
        for rule in rules
        if not _spoke(each, rule) and rule in each["rules"]
    )
    head = ["defect", "size", "seen in", *map(RULES.__getitem__, rules)]
    return {
        "profile": setting[0],
        "load": setting[1],
        "pairs": len(chosen),
        "same": len(same),
        "seconds": sum(each["seconds"] for each in chosen) / len(chosen),
        "remarks": [each["text"] for each in remarks if _setting(each) == setting],
        "found": _table(head, _found(chosen, rules)),
        "alarms": _table(
            ["false alarms of A/A pairs", "of comparisons", "of pairs"], _alarms(same, rules)
        ),
        "notes": notes.most_common(),
    }


def _machines(sessions: list[Record]) -> list[str]:
    days: dict[str, list[str]] = {}
    for each in sessions:
        here = each["machine"]
        told = (
            f"{here['num_cpu']} cores of {here['cpu']}, {here['ram']}, {here['os']} {here['arch']},"
            f" Python {each['python']}"
        )
        days.setdefault(told, []).append(each["when"][:10])
    return [f"{told}; {' to '.join(sorted({min(of), max(of)}))}" for told, of in days.items()]


def _found(pairs: list[Record], rules: list[str]) -> Iterator[list[str]]:
    """A row for what each defect must show in, and of the trials in which nothing was planted."""
    of = [each for each in pairs if each["item"] == NOTHING]
    if of:
        yield [NOTHING, "", "anything", *(_hits(of, rule) for rule in rules)]
    for defect in DEFECTS:
        of = [each for each in pairs if each["item"] == defect.tag]
        for seen, expected in (("counts", defect.exact), ("what is timed", defect.noisy)):
            timed = expected is defect.noisy
            if of and expected and not (timed and of[0]["profile"] == COUNTS):
                cells = [_hits(of, rule, (*expected, FAILED)) for rule in rules]
                yield [f"`{defect.tag}`: {defect.what}", defect.size, seen, *cells]


def _hits(trials: list[Record], rule: str, expected: Sequence[str] = ()) -> str:
    """In how many trials one of these benchmarks (or any) raised alarm, and the most frequent."""
    names = [
        {label.split("(")[0] or label for label in each["rules"][rule]["alarms"]}
        for each in trials
        if _spoke(each, rule)
    ]
    if not names:
        return NONE
    right = [each & set(expected) if expected else each for each in names]
    often = Counter(name for each in right for name in each)
    # Where several did equally often, the one that is expected first.
    top = max(expected, key=often.__getitem__, default="")
    return share(sum(map(bool, right)), len(right)) + (f" `{top}`" if often[top] else "")


def _spoke(record: Record, rule: str) -> bool:
    return rule in record["rules"] and not record["rules"][rule].get("note")


def _alarms(pairs: list[Record], rules: list[str]) -> Iterator[list[str]]:
    """False alarms by rule: of all comparisons, and pairs with any."""
    for rule in rules:
        asked = [each for each in pairs if _spoke(each, rule)]
        if asked:
            told = [each["rules"][rule] for each in asked]
            # Pairs share runs: what is known is what as many pairs would tell that share none.
            runs = {(each["trial"], each[side]) for each in asked for side in ("base", "head")}
            known = min(1.0, len(runs) // 2 / len(asked))
            compared = sum(each["compared"] for each in told)
            wrong = sum(len(each["alarms"]) for each in told)
            rows = share(wrong, compared, known) if rule != "continuous" else NONE
            with_any = sum(bool(each["alarms"]) for each in told)
            yield [RULES[rule], rows, share(with_any, len(told), known)]


def share(hits: int, of: int, known: float = 1.0) -> str:
    """A share with its 95 % interval (Clopper and Pearson). known: part of `of` that counts."""
    low, high = interval(hits * known, of * known)
    return f"{hits} of {of} ({quantity(low, 'share')} to {quantity(high, 'share')})"


def interval(hits: float, of: float) -> tuple[float, float]:
    """The exact 95 % interval of a binomial share; of > 0."""
    low = beta.ppf(0.025, hits, of - hits + 1) if hits else 0.0
    high = beta.ppf(0.975, hits + 1, of - hits) if hits < of else 1.0
    return float(low), float(high)


def _table(head: Sequence[str], rows: Iterator[list[str]]) -> str:
    return "\n".join(markdown(head, rows))
