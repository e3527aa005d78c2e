"""Keeps values that are not numbers out of the site."""

from __future__ import annotations

import math
from typing import Any


def leave_out_unusable(results: Any) -> list[str]:
    """Make every value of an asv `Results` that cannot be drawn a missing one, in memory only.

    asv's step detection never ends on `inf` (it took 24 GB), and a text or a list stops `publish`
    with a traceback. Returns the names of the benchmarks that were changed.
    """
    changed = []
    for name, values in results._results.items():  # asv offers no public way to change a value
        if values and not all(map(_is_usable, values)):
            results._results[name] = [value if _is_usable(value) else None for value in values]
            changed.append(name)
    return changed


def _is_usable(value: object) -> bool:
    """None (failed) and NaN (not applicable) are asv's own signs, and drawn as gaps."""
    if value is None:
        return True
    return isinstance(value, (int, float)) and not math.isinf(value)
