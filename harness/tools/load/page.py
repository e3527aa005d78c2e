"""One self-contained HTML page of a load: verdict, service levels, plots, every metric defined."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

from harness.common.quantities import told
from harness.tools.load import metrics, series
from harness.tools.load.report import Report

HERE = Path(__file__).parent
VENDOR = HERE.parents[1] / "site" / "vendor"
SCRIPTS = (VENDOR / "jquery.min.js", VENDOR / "jquery.flot.js", HERE / "page.js")


def page(report: Report) -> str:
    """The page, with all that it needs inside: it opens without a network."""
    data = report.data
    parts = {
        "TITLE": html.escape(f"Load on {data['target']['name']}"),
        "HEADLINE": html.escape(_headline(data)),
        "VERDICT": _verdict(data),
        "SLOS": _slos(data["slos"]),
        "METRICS": _metrics(data["figures"]),
        "ERRORS": _errors(data["figures"]["requests"]),
        "DATA": _literal(_plotted(report)),
        "SCRIPTS": "\n".join(f"<script>{_script(path)}</script>" for path in SCRIPTS),
    }
    text = (HERE / "page.html").read_text("utf-8")
    # In one pass: what is put in is not looked at again, whatever it contains.
    pieces = text.split("@@")
    pieces[1::2] = [parts[name] for name in pieces[1::2]]
    return "".join(pieces)


def _headline(data: dict[str, Any]) -> str:
    plan = data["plan"]
    words = f"{plan['loop']} loop, {plan['title']}, {plan['seconds']:g} s"
    if plan["warmup"]:
        words += f" (the first {plan['warmup']:g} s are warm-up, shaded and not counted)"
    return f"{words}; ended {data['ended']}; Python {data['python']} on {data['event_loop']}"


def _verdict(data: dict[str, Any]) -> str:
    if not data["reasons"]:
        return '<p class="valid">Valid: the load was the one that was asked for.</p>'
    reasons = "".join(f"<li>{html.escape(reason)}</li>" for reason in data["reasons"])
    return f'<p class="invalid">Invalid: do not use these figures.</p><ul>{reasons}</ul>'


def _slos(slos: list[dict[str, Any]]) -> str:
    if not slos:
        return "<p>No service levels were given (<code>--slo</code>).</p>"
    rows = "".join(
        f'<li class="{"met" if each["met"] else "missed"}">'
        f"{'met' if each['met'] else 'missed'}: {html.escape(each['text'])}</li>"
        for each in slos
    )
    return f"<ul>{rows}</ul>"


def _metrics(figures: dict[str, Any]) -> str:
    rows = []
    for metric in metrics.METRICS:
        value = told(metrics.value(figures, metric.path), metric.unit)
        cells = (metric.title, value, metric.meaning)
        rows.append("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>")
    return "\n".join(rows)


def _errors(requests: dict[str, Any]) -> str:
    kinds = requests["errors"] | ({"unsent": requests["unsent"]} if requests["unsent"] else {})
    if not kinds:
        return "<p>None.</p>"
    items = "".join(f"<li>{html.escape(kind)}: {count:,}</li>" for kind, count in kinds.items())
    return f"<ul>{items}</ul>"


def _plotted(report: Report) -> dict[str, Any]:
    data = report.data
    return {
        "seconds": data["seconds"],
        "curve": data["curve"],
        "points": series.points(report.outcome),
        "warmup": data["plan"]["warmup"],
        "end": data["plan"]["seconds"],
    }


def _literal(data: dict[str, Any]) -> str:
    """JSON that may stand inside a script element."""
    return json.dumps(data, allow_nan=False).replace("<", "\\u003c")


def _script(path: Path) -> str:
    return path.read_text("utf-8").replace("</script", "<\\/script")
