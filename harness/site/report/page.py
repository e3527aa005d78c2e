"""The page: page.md, which says what is shown, with the figures of the results in it."""

import functools
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.check import slo
from harness.check.rows import rows
from harness.common import kinds
from harness.common.numbers import NONE, quantity
from harness.rendering.pages import markdown_page
from harness.rendering.tables import markdown
from harness.results.figures import FLOOR
from harness.results.series import Series, read
from harness.site.report import over_releases
from harness.site.report.over_releases import in_words

TEXT = Path(__file__).with_name("page.md")


def page(config: Path) -> str:
    """The Markdown text for the results of a configuration; raises BadInput without any."""
    project, every = read(config)
    # What stands for all machines has counts alone: findings tell of those.
    found = [each for each in every if not each.is_exact] or every
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

    wanted: benchmark by label. Those with the same longest parameter share a table.
    """
    tables: dict[str, Cells] = {}
    for label, name in wanted.items():
        if name in series.benchmarks:
            axes = series.benchmarks[name]["param_names"]
            long = max(
                (axis for axis in axes[::-1] if axis != "runtime"),
                key=lambda axis: len(series.values(name, axis)),
                default="",
            )
            for of, cells in _measured(series, name):
                rest = (_parameter(*each) for each in of.items() if each[0] != long)
                one = _parameter(long, of[long]) if long else ""
                tables.setdefault(long, {})[one, ", ".join([label, *rest])] = cells
    return [line for cells in tables.values() for line in _table(series.runtime, cells)]


Cells = dict[tuple[str, str], list[str]]
"""The framework's figure, and the floor's where there is one, by two of the table's sides."""


def _measured(series: Series, name: str) -> Iterator[tuple[dict[str, object], list[str]]]:
    """Parameters but for the runtime, with the framework's figure and the floor's."""
    who = dict.fromkeys((series.runtime, FLOOR))
    axes = series.benchmarks[name]["param_names"]
    own = [axis for axis in axes if axis != "runtime"]
    for of in itertools.product(*(series.values(name, axis) for axis in own)):
        # Our own work, such as the generator's, is measured once and has no floor.
        sides = [(one, *of) for one in who] if "runtime" in axes else [of]
        found = [in_words(series, name, series.newest, *params) for params in sides]
        if found[0] != NONE:  # the floor alone says nothing of a framework
            yield dict(zip(own, of, strict=True)), found


def _table(runtime: str, cells: Cells) -> list[str]:
    """The longer side down the page, and a column more where there is a floor."""
    if len({one for one, _ in cells}) <= len({other for _, other in cells}):
        cells = {(other, one): found for (one, other), found in cells.items()}
    rows, columns = (dict.fromkeys(key[at] for key in cells) for at in (0, 1))
    wide = {each: max(len(cells.get((row, each), ())) for row in rows) for each in columns}
    table = []
    for row in rows:
        found = {each: cells.get((row, each), []) for each in columns}
        table.append(
            [row, *(text for each, of in found.items() for text in (*of, NONE, NONE)[: wide[each]])]
        )
    head = [title for each in columns for title in (each or runtime, FLOOR)[: wide[each]]]
    return markdown(["", *head], table)


def _parameter(axis: str, value: object) -> str:
    return value if isinstance(value, str) else f"{axis.replace('_', ' ')} {value}"


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
        return level.in_words
    return f"{level.in_words}, {quantity(level.value - level.slo.add, level.unit)} of it added"


@dataclass(frozen=True)
class Claims:
    text: str
    levels: dict[str, str] = field(default_factory=dict)


def claims(series: Series) -> dict[str, Any]:
    """What somebody else's report of this target claims: `text`, and `levels` by name."""
    path = series.newest.stem.parent.parent / "claims.toml"
    return vars(kinds.read(path, Claims)) if path.is_file() else {}
