"""The service levels on the newest release, as `check` judges them, beside what others claim.

A report that times a sleeping model and calls the sum the framework's latency meets any target
by the choice of the sleep. Here the model's wait is known and told apart.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from harness.check.rows import rows
from harness.check.slo import Level, levels, settings
from harness.common.numbers import quantity
from harness.rendering.tables import markdown
from harness.results.errors import BadInput
from harness.results.series import Series

TEXT = (
    "Each is held against its worst row, as `python -m harness check` does. They say little: any "
    "framework meets most of them, because what they bound is the model."
)


def headlines(series: Series, config: Path) -> list[str]:
    """The table of service levels in slo.toml; with the claims kept in the results folder."""
    limits = settings(config)
    newest = series.newest
    claims = _claims(newest.stem.parent.parent / "claims.toml")
    claimed = claims.get("levels", {})
    table = [
        [
            level.slo.title,
            *([claimed.get(level.slo.name, "-")] if claimed else []),
            _value(level),
            level.limit,
            level.verdict,
            f"`{level.row}`" if level.row else level.reason,
        ]
        for level in levels(rows(newest, newest), limits, newest)
    ]
    head = ["service level", *(["claimed"] if claimed else [])]
    head += ["measured", "limit", "verdict", "worst row, or why not"]
    text = [TEXT, "", *([claims["text"], ""] if "text" in claims else [])]
    return [*text, *markdown(head, table)] if table else []


def _value(level: Level) -> str:
    if level.value is None or not level.slo.add:
        return level.told
    return f"{level.told}, {quantity(level.value - level.slo.add, level.unit)} of it added"


def _claims(path: Path) -> dict[str, Any]:
    """What somebody else's report of this target claims: `text`, and `levels` by name."""
    try:
        return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path}: {error}") from None
