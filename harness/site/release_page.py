"""Writes `releases.html`: what stands behind the numbers of each release."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from asv.machine import iter_machine_files
from asv.util import load_json

from harness.results.releases import Measurement, read_measurements
from harness.site.offline import CONTENT_POLICY, HERE

RELEASES_PAGE = "releases.html"
_LONGEST_SHOWN = 15  # durations per release; the rest is summed up, or many commits make megabytes


def write_releases_page(
    site: Path, conf: Any, repo: Any, benchmarks: Mapping[str, Any], revisions: Mapping[str, int]
) -> None:
    """Write the page into `site`. `revisions` maps the commits to show to their numbers."""
    measurements = read_measurements(conf.results_dir, benchmarks, revisions)
    tags: dict[str, list[str]] = {}
    for tag, commit in sorted(repo.get_tags().items()):
        tags.setdefault(commit, []).append(tag)
    parts = [_machines(conf.results_dir, {each.machine for each in measurements})]
    parts.append(_overview(measurements, tags))
    for commit, group in itertools.groupby(measurements, key=lambda each: each.commit):
        parts.append(_release(commit, list(group), tags, conf.hash_length))
    template = Template((HERE / RELEASES_PAGE).read_text(encoding="utf-8"))
    page = template.substitute(
        policy=CONTENT_POLICY, project=escape(conf.project), body="\n".join(parts)
    )
    (site / RELEASES_PAGE).write_text(page, encoding="utf-8")


def _machines(results_dir: str, used: set[str]) -> str:
    found = [load_json(path) for path in iter_machine_files(results_dir)]
    found = sorted((m for m in found if m.get("machine") in used), key=lambda m: str(m["machine"]))
    fields = list(dict.fromkeys(key for machine in found for key in machine if key != "version"))
    rows = [[str(machine.get(key, "")) for key in fields] for machine in found]
    return "<h3>Machines</h3>" + _table(fields, rows)


def _overview(measurements: list[Measurement], tags: dict[str, list[str]]) -> str:
    if not measurements:
        return "<p>There are no results yet.</p>"
    rows = []
    for each in measurements:
        seconds = sum(each.durations.values())
        link = f'<a href="#{escape(each.commit)}">{escape(_title(each.commit, tags))}</a>'
        cells = [_date(each.date_ms), each.machine, str(each.measured), str(len(each.missing))]
        rows.append(link + "".join(_cell(c) for c in [*cells, f"{seconds:.0f} s"]))
    head = ["release", "date", "machine", "measured", "not measured or noted", "time spent"]
    body = "".join(f"<tr><td>{row}</tr>" for row in rows)
    return f"<h3>Overview</h3><table class='table table-condensed'>{_head(head)}{body}</table>"


def _release(
    commit: str, runs: list[Measurement], tags: dict[str, list[str]], hash_length: int
) -> str:
    short = commit[:hash_length]
    # asv's graphs link with the short hash, its feed with the whole one
    anchor = f'<div class="release" id="{escape(commit)}"><a id="{escape(short)}"></a>'
    title = f"<h2>{escape(_title(commit, tags))} <small>{_date(runs[0].date_ms)}</small> "
    parts = [anchor, title, f'<span class="hash">{escape(short)}</span></h2>']
    for run in runs:
        parts.append(f"<h4>on {escape(run.machine)}, {escape(run.environment)}</h4>")
        parts += [_invalid(run), _missing(run), _installed(run), _durations(run)]
    return "\n".join([*parts, "</div>"])


def _invalid(run: Measurement) -> str:
    if not run.invalid:
        return ""
    reasons = escape("; ".join(run.invalid))
    return (
        f"<p class='alert alert-warning'><b>Invalid run</b>: {reasons}."
        " Its seconds and bytes are not to be believed; its counts are.</p>"
    )


def _missing(run: Measurement) -> str:
    if not run.missing:
        return f"<p>All {run.measured} benchmarks have a value.</p>"
    rows = [[each.benchmark, each.extent, each.reason] for each in run.missing]
    label = f"Not measured, failed, or with a note: {len(rows)} (measured: {run.measured})"
    hint = "" if run.has_notes else "<p>No notes were kept with this result.</p>"
    table = _table(["benchmark", "parameter sets without a value", "reason"], rows)
    return _details(label, hint + table, is_open=len(rows) <= 12)


def _installed(run: Measurement) -> str:
    if run.installed is None:
        return "<p>What was installed was not kept with this result.</p>"
    changed = ""
    if run.changed is not None:
        text = ", ".join(run.changed) or "nothing"
        changed = f"<p>Changed since the previous list that was kept: {escape(text)}</p>"
    packages = "<pre>" + escape("\n".join(run.installed)) + "</pre>"
    return changed + _details(f"Installed: {len(run.installed)} packages", packages)


def _durations(run: Measurement) -> str:
    if not run.durations:
        return "<p>How the time was spent was not recorded.</p>"
    total = sum(run.durations.values())
    build = run.durations.get("<build>", 0.0)
    caches = sum(s for name, s in run.durations.items() if name.startswith("<setup_cache"))
    label = (
        f"Time spent: {total:.1f} s, of which installing {build:.1f} s, "
        f"setup_cache (measuring for many benchmarks at once) {caches:.1f} s, "
        f"single benchmarks {total - build - caches:.1f} s"
    )
    longest = sorted(run.durations.items(), key=lambda item: -item[1])
    rows = [[name, f"{seconds:.2f} s"] for name, seconds in longest[:_LONGEST_SHOWN]]
    if rest := longest[_LONGEST_SHOWN:]:
        rows.append([f"{len(rest)} shorter ones", f"{sum(s for _, s in rest):.2f} s"])
    return _details(label, _table(["what", "duration"], rows))


def _details(label: str, content: str, is_open: bool = False) -> str:
    """`content` is HTML, `label` is text."""
    mark = " open" if is_open else ""
    return f"<details{mark}><summary>{escape(label)}</summary>{content}</details>"


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    body = "".join(f"<tr>{''.join(_cell(text) for text in row)}</tr>" for row in rows)
    return f"<table class='table table-condensed'>{_head(head)}{body}</table>"


def _head(texts: list[str]) -> str:
    return "<thead><tr>" + "".join(f"<th>{escape(text)}</th>" for text in texts) + "</tr></thead>"


def _cell(text: str) -> str:
    kind = "number" if text.endswith(" s") or text.isdigit() else "wide"
    return f'<td class="{kind}">{escape(text)}</td>'


def _title(commit: str, tags: dict[str, list[str]]) -> str:
    return ", ".join(tags.get(commit, [])) or commit[:8]


def _date(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d")
