"""The verb `upgrade`: what is known of the way from the version that you have to another.

JSON, keys that stay: `schema` (1), `as_of`, `others` (packages of a lock file that are no targets)
and `upgrades`: each `target`, `project`, `package`, `as_of`, `have` and `to` (each `asked`,
`release`, `date`, `measured`, `below`, `above`: measured neighbours, null where it was measured),
`machine`, `environment`, `remarks`, `measure` and `check` (commands), `compared` (figures that have
a number in both) and `rows`, the most telling first: `label`, `grade`, `unit`, `exact`, `is`
(worse, better or not known), `old`, `new` (or null), `change` (relative, null from zero),
`interval` (or null), `reason`, `sentence`, `step` (where most of it happened, or ""), `functions`
(`name`, `old`, `new`).
"""

import argparse
import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from harness.check import locked, sources, telling
from harness.check.known import ASK, Document
from harness.check.sides import Side
from harness.check.upgrading import Line, Upgrade, upgrades
from harness.common import options
from harness.rendering.lines import wrap

MOST = 5
"""Rows of a kind that are shown without --all: the first of each question."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("package", nargs="?", metavar="PACKAGE", help="such as pydantic-ai-slim")
    parser.add_argument("have", nargs="?", metavar="FROM", help="the version that you have")
    parser.add_argument("to", nargs="?", metavar="TO", help="default: the newest measured")
    parser.add_argument(
        "--lock", type=Path, metavar="FILE", help="all packages of a uv.lock that are known"
    )
    parser.add_argument(
        "--freeze", type=Path, metavar="FILE", help="the same of a pip freeze; - is standard input"
    )
    parser.add_argument("--all", action="store_true", help="a sentence for every figure that moved")
    parser.add_argument(
        "--fail-on-worse", action="store_true", help="exit status 1 if an exact figure got worse"
    )
    sources.add_own(parser)
    options.add_outputs(parser, json="all of it")
    parser.set_defaults(run=_upgrade)


def _upgrade(arguments: argparse.Namespace) -> int:
    asked = [arguments.package, arguments.lock, arguments.freeze]
    if sum(each is not None for each in asked) != 1 or (
        asked[0] is not None and not arguments.have
    ):
        raise ValueError(
            "say what you have: PACKAGE FROM (such as agno 3.0.6), --lock uv.lock or --freeze FILE"
        )
    outputs = options.Outputs(arguments)
    pins = None
    if arguments.package is None:
        is_lock = arguments.lock is not None
        pins = locked.lock(arguments.lock) if is_lock else locked.freeze(arguments.freeze)
    known = sources.documents(own=arguments.own)
    if pins is None:
        of = _named(known, arguments.package)
        found = [up for each in of for up in upgrades(each, arguments.have, arguments.to)]
        others = 0
    else:
        found = [
            up
            for each in known
            for name, version in pins
            if each.package and canonicalize_name(each.package) == name
            for up in upgrades(each, version, None)
        ]
        others = len({name for name, _ in pins} - {canonicalize_name(up.name) for up in found})
    parts = [_text(each, arguments.all) for each in found]
    if others or not found:
        parts.append(f"{_others(others, bool(found))}; known are {_names(known)}")
    of_these = [up.of for up in found] or known
    text = "\n\n".join([*parts, sources.as_of(of_these)])
    print("\n".join(map(wrap, text.splitlines())), file=outputs.people)
    outputs.write(json=lambda: as_json(found, others, max(each.as_of for each in of_these)))
    got_worse = any(each.row.exact for up in found for each in up.kinds["worse"])
    return int(arguments.fail_on_worse and got_worse)


def _named(known: Sequence[Document], name: str) -> list[Document]:
    """The targets of a package, or the target of that name; ValueError with near ones for none."""
    wanted = canonicalize_name(name)
    found = [each for each in known if each.package and canonicalize_name(each.package) == wanted]
    found = found or [each for each in known if each.target == wanted]
    if found:
        return found
    names = sorted({each.package or each.target for each in known})
    raise ValueError(f"nothing is known of {name}; known are {options.near(wanted, names)}")


def _others(number: int, is_rest: bool) -> str:
    if not is_rest:
        return f"none of {number} packages is a target"
    return f"{number} other packages are no targets" if number > 1 else "1 other is no target"


def _names(known: Sequence[Document]) -> str:
    return ", ".join(sorted({each.package for each in known if each.package}))


def _text(of: Upgrade, everything: bool) -> str:
    return "\n".join(_lines(of, everything))


def _lines(of: Upgrade, everything: bool) -> Iterator[str]:
    yield _head(of)
    yield from (f"  {line}" for line in of.remarks)
    if not (of.have.is_measured and of.to.is_measured):
        yield f"  to measure it in a checkout, and find where it changed: {of.measure}"
    for name in ("worse", "better"):
        if rows := of.kinds[name]:
            yield f"  {name}:"
            yield from (f"    {line}" for line in _moved(rows, everything))
    if silent := list(_unknown(of, everything)):
        yield "  not known:"
        yield from (f"    {line}" for line in silent)


def _head(of: Upgrade) -> str:
    have = f"{of.of.project}: you have {of.name} {of.have.asked}"
    if of.is_none:
        newest = of.title(len(of.group.releases) - 1)
        return f"{have}, and {newest} is the newest that was measured"
    is_newest = of.to.stands == len(of.group.releases) - 1
    out = f"{of.to.asked} is out, the newest measured" if is_newest else f"to {of.to.asked}"
    what = f"timed figures on {of.group.machine}" if of.timed else "figures"
    counted = [f"{len(rows)} {name}" for name, rows in of.kinds.items() if rows]
    return f"{have}, {out}: of {of.compared} {what} {', '.join(counted) or 'all as before'}"


def _moved(rows: Sequence[Line], everything: bool) -> Iterator[str]:
    first = {each.question: each for each in reversed(rows)}
    shown = rows if everything else [each for each in rows if first[each.question] is each][:MOST]
    for each in shown:
        functions = "; ".join(f"{n} {old:,} → {new:,}" for n, old, new in each.judged.functions)
        step = f" Most of it {each.step}." * bool(each.step)
        yield f"{each.sentence}{step}" + f" Calls: {functions}." * bool(functions)
    if rest := Counter(each.question for each in rows if each not in shown):
        most = ", ".join(f"{number} of {name}" for name, number in rest.most_common())
        yield f"and {rest.total()} more (--all): {most}"


def _unknown(of: Upgrade, everything: bool) -> Iterator[str]:
    """By reason, the most frequent first."""
    ordered = telling.by_reason((_why(of, each), each) for each in of.kinds["not known"])
    for why, rows in ordered if everything else ordered[:MOST]:
        names = ", ".join(dict.fromkeys(each.question for each in rows))
        yield f"{len(rows)} of {names}: {why}" + f", {of.check}" * why.endswith(ASK)
    if not (of.is_none or of.timed or any(not row.exact for row in of.group.rows)):
        yield f"seconds, memory and ratios; in a checkout, make dashboard CONFIG={of.of.config}"
    if not everything and (rest := ordered[MOST:]):
        yield f"and {sum(len(rows) for _, rows in rest)} more (--all)"


def _why(of: Upgrade, line: Line) -> str:
    if line.judged.verdict == "gone":
        return f"no number in {of.title(of.to.stands)}: {line.judged.reason}"
    return f"no verdict: {line.judged.reason}"


def as_json(found: Sequence[Upgrade], others: int, as_of: str) -> str:
    document = {"schema": 1, "as_of": as_of, "others": others}
    return options.as_json({**document, "upgrades": list(map(_document, found))})


def _document(of: Upgrade) -> dict[str, Any]:
    return {
        **{name: getattr(of.of, name) for name in ("target", "project", "package", "as_of")},
        "have": _side(of.have, of.old.title, of.old.date),
        "to": _side(of.to, of.new.title, of.new.date),
        "machine": of.group.machine,
        "environment": of.group.environment,
        "remarks": list(of.remarks),
        "measure": of.measure,
        "check": of.check,
        "compared": of.compared,
        "rows": [_row(each, name) for name, rows in of.kinds.items() for each in rows],
    }


def _side(side: Side, release: str, date: str) -> dict[str, Any]:
    found = dataclasses.asdict(side) | {"measured": side.is_measured}
    found.pop("stands")
    return found | {"release": release, "date": date}


def _row(line: Line, kind: str) -> dict[str, Any]:
    judged = line.judged
    return {
        **{name: getattr(line.row, name) for name in ("label", "grade", "unit", "exact")},
        "is": kind,
        "old": line.old,
        "new": line.new,
        "change": judged.change,
        "interval": None if judged.low is None else [judged.low, judged.high],
        "reason": judged.reason,
        "sentence": line.sentence,
        "step": line.step,
        "functions": [{"name": n, "old": old, "new": new} for n, old, new in judged.functions],
    }
