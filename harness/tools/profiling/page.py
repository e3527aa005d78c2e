"""A profile as one HTML page with an icicle graph; it loads nothing and opens offline."""

from __future__ import annotations

import html
import json
from importlib import resources

from harness.instruments.profilers.document import Document, Row, section
from harness.tools.profiling.text import title

# The page may run its own script and style, and load nothing from anywhere.
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"

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
    parts = {
        "TITLE": html.escape(f"Profile of {title(document)}"),
        "POLICY": _POLICY,
        "STYLE": _file("page.css"),
        "ADVICE": _advice(document["recommendations"]),
        "REPORT": html.escape(report),
        # In a script "</" could end it, whatever it stands in.
        "TREES": json.dumps(trees).replace("</", "<\\/"),
        "SCRIPT": _file("icicle.js"),
    }
    # One pass: what is put in is not searched again.
    pieces = _file("page.html").split("@@")
    return "".join(parts[each] if index % 2 else each for index, each in enumerate(pieces))


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _advice(rows: list[Row]) -> str:
    if not rows:
        return "<p>Nothing stands out.</p>"
    items = (
        f"<li><code>{html.escape(row['where'])}</code><br>{html.escape(row['text'])}</li>"
        for row in rows
    )
    return f"<ul>{''.join(items)}</ul>"
