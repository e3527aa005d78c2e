"""The verb `environments`: those that `--release` and `--commit` have made, in this cache."""

import argparse
import re
from datetime import UTC, datetime, timedelta

from harness.common import options, quantities
from harness.common.numbers import quantity
from harness.history import cached
from harness.history.cached import Environment
from harness.rendering.tables import plain

OLDER = 30


@quantities.argument
def _days(text: str) -> int:
    if not re.fullmatch(r"\d{1,4}d", text):
        raise ValueError(f"days, such as 30d, not {text!r}")
    return int(text[:-1])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prune", action="store_true", help="remove what was not used for long")
    parser.add_argument("--older", type=_days, metavar="30d", help="how long (default: 30d)")
    parser.add_argument(
        "--remove", action="append", default=[], metavar="KEY", help="this one; may be repeated"
    )
    options.add_outputs(parser, json="the list")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    """Remove what is asked for, and show the rest."""
    if arguments.older is not None and not arguments.prune:
        raise ValueError("--older goes with --prune")
    outputs = options.Outputs(arguments)
    found = cached.every()
    keys = {each.folder.name for each in found}
    if unknown := sorted(set(arguments.remove) - keys):
        raise ValueError(f"no environment {unknown[0]}: give a key of `environments`")
    going = [each for each in found if each.folder.name in arguments.remove]
    if arguments.prune:
        days = OLDER if arguments.older is None else arguments.older
        before = datetime.now(UTC) - timedelta(days=days)
        going += [each for each in found if each.used < before and each not in going]
    if going or arguments.prune:
        freed = sum(each.size for each in going)
        cached.remove(going)
        options.progress(f"{len(going)} removed, {quantity(freed, 'bytes')}")
    rows = [_row(each) for each in found if each not in going]
    print(_text(rows), file=outputs.people)
    outputs.write(json=lambda: options.as_json({"schema": 1, "environments": rows}))


def _row(of: Environment) -> dict[str, object]:
    return {
        "key": of.folder.name,
        "package": of.package,
        "version": of.version,
        "as_of": f"{of.as_of:%Y-%m-%d}",
        "bytes": of.size,
        "used": f"{of.used:%Y-%m-%dT%H:%M:%SZ}",
        "python": str(of.python),
    }


def _text(rows: list[dict[str, object]]) -> str:
    if not rows:
        return "no environments: `--release` and `--commit` of the verbs make them"
    head = ("key", "as of", "size", "last used")
    sizes = [int(str(row["bytes"])) for row in rows]
    cells = [
        [str(row["key"]), str(row["as_of"]), quantity(size, "bytes"), str(row["used"])[:10]]
        for row, size in zip(rows, sizes, strict=True)
    ]
    whole = f"{len(rows)} environments, {quantity(sum(sizes), 'bytes')}"
    return f"{plain(head, cells)}\n{whole}; what they share with uv's cache counts in each"
