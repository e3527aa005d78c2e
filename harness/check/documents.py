"""Makes the document of a target (see `known`) from its results, with the code of `check`."""

import contextlib
import json
from pathlib import Path
from typing import Any

from harness.check import changes, known
from harness.check.groups import group
from harness.common import files
from harness.history import spec
from harness.history.errors import HistoryError
from harness.results.files import NoResults
from harness.results.result import Result
from harness.results.target import Target, opened


def document(config: Path) -> known.Document:
    """That of a configuration; NoResults, one line, where there is none."""
    with opened(config) as target:
        return of_target(target)


def of_target(target: Target) -> known.Document:
    """The document of an opened target; NoResults where it has none."""
    name = target.folder.name
    found = target.every()
    measured = [[each for each in of if each.has_numbers] for of in found]
    every = [of for of in measured if of]
    if not every:
        raise NoResults(f"no results of a framework in {target.folder}")
    without = [each for of in found for each in of if each.not_installed]
    return known.Document(
        schema=known.SCHEMA,
        target=name,
        project=str(target.conf.project),
        package=_package(target),
        runtime=every[0][-1].runtime,
        config=target.named_config,
        as_of=max(f"{each.date:%Y-%m-%d}" for of in every for each in of),
        false_alarms=_false_alarms(),
        groups=[group(target, of, without) for of in sorted(every, key=_completeness)],
        findings=changes.newest(list(changes.of_results(name, target, every))),
    )


def _completeness(of: list[Result]) -> tuple[Any, ...]:
    """Newest first, then the one with most rows, in the newest and in all."""
    newest = max(of, key=lambda each: each.date)
    many = [sum(map(len, each.figures.values())) for each in (newest, *of)]
    return -newest.date.timestamp(), -many[0], -sum(many), of[0].machine, of[0].environment


def _package(target: Target) -> str | None:
    if not str(target.conf.repo).startswith(spec.PREFIX):
        return None
    with contextlib.suppress(HistoryError):
        return spec.parse(target.conf.repo).name
    return None


def _false_alarms() -> known.FalseAlarms | None:
    """Those of the sensitivity study, which `python -m studies.pages` keeps beside this."""
    path = Path(__file__).with_name("false_alarms.json")
    content = files.parsed(path, json.loads)
    return known.FalseAlarms(**content) if content["pairs"] else None
