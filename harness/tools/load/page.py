"""One page of a load: verdict, service levels, plots, every metric defined."""

from __future__ import annotations

from pathlib import Path

from harness.common.numbers import quantity
from harness.rendering import pages
from harness.tools.load import metrics, series
from harness.tools.load.report import Report

HERE = Path(__file__).parent


def page(report: Report) -> str:
    """The page, with all that it needs inside: it opens without a network."""
    data = report.data
    requests = data["figures"]["requests"]
    plotted = {name: data[name] for name in ("seconds", "curve")} | {
        "points": series.points(report.outcome),
        "warmup": data["plan"]["warmup"],
        "end": data["plan"]["seconds"],
    }
    rows = [
        [each.title, quantity(report.figures[each.path], each.unit), each.meaning]
        for each in metrics.SHOWN
    ]
    unsent = {"unsent": requests["unsent"]} if requests["unsent"] else {}
    return pages.page(
        HERE / "page.html",
        plotted,
        (*pages.CHARTS, HERE / "plots.js"),
        **data,
        metrics=rows,
        kinds=requests["errors"] | unsent,
    )
