"""Change points of Otava, run by an interpreter that has it: JSON in, places of rises out."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence


def rises(values: Sequence[float], pvalue: float) -> list[int]:
    """The indices at which the series goes up."""
    otava = importlib.import_module("otava.series")
    options = otava.AnalysisOptions()
    options.max_pvalue = pvalue
    series = otava.Series(
        "study", None, list(range(len(values))), {"m": otava.Metric()}, {"m": list(values)}, {}
    )
    points = series.analyze(options).change_points["m"]
    return [int(point.index) for point in points if point.forward_change_percent() > 0]


if __name__ == "__main__":
    order = json.load(sys.stdin)
    print(json.dumps([rises(values, order["pvalue"]) for values in order["series"]]))
