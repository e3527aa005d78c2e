"""docs/sensitivity.md: the text of page.md with counts of the raw data in it."""

import itertools
import operator
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from scipy.stats import beta

from harness.common.numbers import NONE, quantity
from harness.rendering.pages import markdown_page
from harness.rendering.tables import markdown
from studies.planted.defects import DEFECTS
from studies.sensitivity.rules import FAILED
from studies.sensitivity.trials import COUNTS, FULL, NOTHING, QUIET, SAME, Record

TEXT = Path(__file__).with_name("page.md")
RULES = {
    "check": "`harness check`",
    "compare": "`asv compare`",
    "continuous": "`asv continuous`",
    "p95": "p95 + 10 %",
}


def render(records: Sequence[Record]) -> str:
    pairs, sessions, remarks = (
        [each for each in records if each["kind"] == kind] for kind in ("pair", "session", "remark")
    )
    days: dict[str, list[str]] = {}
    for each in sessions:
        about = "{num_cpu} cores of {cpu}, {ram}, {os} {arch}, Python ".format_map(each["machine"])
        days.setdefault(about + each["python"], []).append(each["when"][:10])
    setting = operator.itemgetter("profile", "load")
    ordered = sorted(pairs, key=setting, reverse=True)
    return markdown_page(
        TEXT,
        machines=days,
        sections=[(*of, [*group]) for of, group in itertools.groupby(ordered, setting)],
        remarks=remarks,
        found=found,
        alarms=alarms,
        notes=notes,
    )


def found(pairs: list[Record]) -> list[str]:
    """A row for what each defect must show in, and for the trials in which nothing was planted."""
    rules = [rule for rule in RULES if any(rule in each["rules"] for each in pairs)]
    rows = []
    if of := [each for each in pairs if each["item"] == NOTHING]:
        rows.append([NOTHING, "", "anything", *(hits(of, rule) for rule in rules)])
    for defect in DEFECTS:
        of = [each for each in pairs if each["item"] == defect.tag]
        names = {"counts": defect.exact}
        if any(each["profile"] != COUNTS for each in of):
            names["what is timed"] = defect.noisy
        for seen, expected in names.items():
            if of and expected:
                cells = [hits(of, rule, (*expected, FAILED)) for rule in rules]
                rows.append([f"`{defect.tag}`: {defect.what}", defect.size, seen, *cells])
    return markdown(["defect", "size", "seen in", *map(RULES.__getitem__, rules)], rows)


def hits(trials: list[Record], rule: str, expected: Sequence[str] = ()) -> str:
    """In how many trials one of these benchmarks (or any) raised alarm, and the most frequent."""
    names = [{label.split("(")[0] or label for label in said} for said, _ in _said(trials, rule)]
    if not names:
        return NONE
    right = [each & set(expected) if expected else each for each in names]
    often = Counter(name for each in right for name in each)
    # Where several did equally often, the one that is expected first.
    top = max(expected, key=often.__getitem__, default="")
    return share(sum(map(bool, right)), len(right)) + (f" `{top}`" if often[top] else "")


def alarms(pairs: list[Record]) -> list[str]:
    """False alarms of A/A pairs by rule: of all comparisons, and pairs with any."""
    same = [each for each in pairs if each["item"] == SAME]
    # Pairs share runs: what is known is what as many pairs would tell that share none.
    runs = {(each["trial"], each[side]) for each in same for side in ("base", "head")}
    rows = []
    for rule, name in RULES.items():
        if said := _said(same, rule):
            known = min(1.0, len(runs) // 2 / len(same))
            wrong, compared = sum(len(each) for each, _ in said), sum(of for _, of in said)
            # `asv continuous` shows only the rows that changed.
            of_rows = share(wrong, compared, known) if rule != "continuous" else NONE
            rows.append([name, of_rows, share(sum(bool(a) for a, _ in said), len(said), known)])
    return markdown(["false alarms of A/A pairs", "of comparisons", "of pairs"], rows)


def of_check(records: Sequence[Record]) -> dict[str, int]:
    """The false alarms of `check` in quiet runs of the whole suite, as `check` itself has them."""
    same = {"kind": "pair", "profile": FULL, "load": QUIET, "item": SAME}
    said = _said([each for each in records if same.items() <= each.items()], "check")
    return {
        "pairs": len(said),
        "with_alarm": sum(bool(alarms) for alarms, _ in said),
        "rows": sum(compared for _, compared in said),
        "alarms": sum(len(alarms) for alarms, _ in said),
    }


def _said(pairs: list[Record], rule: str) -> list[tuple[list[str], int]]:
    """The alarms of a rule and the rows it looked at, where it said anything."""
    found = [each["rules"].get(rule, {"note": "not asked"}) for each in pairs]
    return [(each["alarms"], each["compared"]) for each in found if not each.get("note")]


def notes(pairs: list[Record]) -> list[tuple[tuple[str, str], int]]:
    """Rule and reason why it said nothing, and of how many pairs."""
    notes = ((rule, said.get("note")) for each in pairs for rule, said in each["rules"].items())
    return Counter((RULES[rule], note) for rule, note in notes if note).most_common()


def share(hits: int, of: int, known: float = 1.0) -> str:
    """A share with its 95 % interval (Clopper and Pearson). known: part of `of` that counts."""
    low, high = (quantity(round(end, 6), "share") for end in interval(hits * known, of * known))
    return f"{hits} of {of} ({low} to {high})"


def interval(hits: float, of: float) -> tuple[float, float]:
    """The exact 95 % interval of a binomial share; of > 0."""
    low = beta.ppf(0.025, hits, of - hits + 1) if hits else 0.0
    high = beta.ppf(0.975, hits + 1, of - hits) if hits < of else 1.0
    return float(low), float(high)
