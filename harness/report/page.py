"""The page: page.md, which says what is shown, with the figures of the results in it."""

from __future__ import annotations

import functools
import itertools
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.check import slo
from harness.check.rows import rows
from harness.common.numbers import NONE, quantity
from harness.rendering.pages import markdown_page
from harness.rendering.tables import markdown
from harness.report import over_releases
from harness.report.over_releases import told
from harness.results.series import FLOOR, Series, read
from harness.results.target import BadInput

TEXT = Path(__file__).with_name("page.md")
WIDE = 4
"""Figures that fit side by side, each with its floor."""


def page(config: Path) -> str:
    """The Markdown text for the results of a configuration; raises BadInput without any."""
    project, found = read(config)
    command = "python -m harness report"
    if config.name != "asv.conf.json":
        folder = "targets/" if config.parent.name == "targets" else ""
        command += f" --config {folder}{config.name}"
    return markdown_page(
        TEXT,
        project=project,
        command=command,
        found=found,
        figures=figures,
        claims=claims,
        levels=functools.partial(levels, config=config),
        **over_releases.SECTIONS,
    )


def figures(series: Series, wanted: Mapping[str, str]) -> list[str]:
    """The newest release's figures, framework and floor side by side; none without any of them.

    wanted: benchmark by label. A row for each combination of parameters where a few benchmarks
    have the same ones, else for each benchmark and combination.
    """
    known = {label: name for label, name in wanted.items() if name in series.benchmarks}
    axes = [_axes(series, name) for name in known.values()]
    who = [series.runtime] if series.runtime == FLOOR else [series.runtime, FLOOR]
    cells = functools.partial(_cells, series, who)
    if axes and axes[0] and len(axes) <= WIDE and all(each == axes[0] for each in axes):
        head = [axis.replace("_", " ") for axis in axes[0]]
        for label, name in known.items():
            sides = who if _has_floor(series, name) else []
            head += [f"{label}, {side}" for side in sides] or [label]
        table = [
            (of, [cells(name, of) for name in known.values()])
            for of in itertools.product(*axes[0].values())
        ]
        # The floor alone says nothing of a framework.
        shown = [(of, each) for of, each in table if any(cell[0] != NONE for cell in each)]
        return markdown(head, [[*map(str, of), *itertools.chain(*each)] for of, each in shown])
    every = (
        (label, of, cells(name, of))
        for (label, name), each in zip(known.items(), axes, strict=True)
        for of in itertools.product(*each.values())
    )
    return markdown(
        ["figure", "of", *who],
        [
            [label, ", ".join(map(str, of)), *each, *[NONE] * (len(who) - len(each))]
            for label, of, each in every
            if each[0] != NONE
        ],
    )


def _axes(series: Series, name: str) -> dict[str, list[object]]:
    """The parameters of a benchmark, but for the runtime, and their values."""
    names = series.benchmarks[name]["param_names"]
    return {axis: series.values(name, axis) for axis in names if axis != "runtime"}


def _has_floor(series: Series, name: str) -> bool:
    return "runtime" in series.benchmarks[name]["param_names"]


def _cells(series: Series, who: list[str], name: str, of: Sequence[object]) -> list[str]:
    """A figure of the framework, and beside it the floor's where there is one."""
    if not _has_floor(series, name):
        return [told(series, name, series.newest, *of)]
    return [told(series, name, series.newest, one, *of) for one in who]


def levels(series: Series, config: Path) -> list[str]:
    """The service levels of slo.toml, as `check` judges them, beside what others claim.

    A report that times a sleeping model and calls the sum the framework's latency meets any target
    by the choice of the sleep. Here the model's wait is known and reported separately.
    """
    newest, claimed = series.newest, claims(series).get("levels", {})
    table = [
        [
            level.title,
            *([claimed.get(level.name, "-")] if claimed else []),
            _value(level),
            level.limit,
            level.verdict,
            f"`{level.row}`" if level.row else level.reason,
        ]
        for level in slo.levels(rows(newest, newest), slo.settings(config), newest)
    ]
    head = ["service level", *(["claimed"] if claimed else [])]
    return markdown([*head, "measured", "limit", "verdict", "worst row, or why not"], table)


def _value(level: slo.Level) -> str:
    if level.value is None or not level.slo.add:
        return level.told
    return f"{level.told}, {quantity(level.value - level.slo.add, level.unit)} of it added"


def claims(series: Series) -> dict[str, Any]:
    """What somebody else's report of this target claims: `text`, and `levels` by name."""
    path = series.newest.stem.parent.parent / "claims.toml"
    try:
        return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path}: {error}") from None
