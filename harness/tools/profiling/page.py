"""A profile as one HTML page with an icicle graph; it loads nothing and opens offline."""

from __future__ import annotations

from pathlib import Path

from harness.instruments.profilers.document import Document, section
from harness.rendering import pages
from harness.tools.profiling.text import title

HERE = Path(__file__).parent

_CAPTIONS = {
    "sampling": (
        "Sampled stacks (pyinstrument): width is time on the clock of one run, waiting included."
    ),
    "cpu": (
        "Call graph of every call (cProfile): width is CPU time of one run under the profiler. "
        "The time of a function with several callers is shared out among them."
    ),
}


def page(document: Document, report: str) -> str:
    """The page; `report` is the profile as text, which stands below the graphs."""
    trees = [
        {"caption": caption, "tree": found["tree"]}
        for kind, caption in _CAPTIONS.items()
        if (found := section(document, kind))
    ]
    return pages.page(
        HERE / "page.html",
        trees,
        (*pages.NUMBERS, HERE / "icicle.js"),
        title=title(document),
        advice=document["recommendations"],
        report=report,
    )
