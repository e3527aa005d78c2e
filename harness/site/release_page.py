"""Writes `releases.html`: what stands behind the numbers of each release."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from asv.machine import iter_machine_files
from asv.results import iter_results
from asv.util import load_json

from harness.results.result import Result, package_changes
from harness.site.missing import missing
from harness.site.offline import CONTENT_POLICY, HERE

RELEASES_PAGE = "releases.html"
_LONGEST_SHOWN = 15  # durations per release; the rest is summed up, or many commits make megabytes


def write_releases_page(
    site: Path, conf: Any, repo: Any, benchmarks: Mapping[str, Any], revisions: Mapping[str, int]
) -> None:
    """Write the page into `site`. `revisions` maps the commits to show to their numbers."""
    results = read(conf.results_dir, benchmarks, revisions)
    tags: dict[str, list[str]] = {}
    for tag, commit in sorted(repo.get_tags().items()):
        tags.setdefault(commit, []).append(tag)
    changes = changed_packages(results)
    parts = [_machines(conf.results_dir, {each.machine for each in results})]
    parts.append(_overview(results, tags))
    for commit, group in itertools.groupby(results, key=lambda each: each.commit):
        parts.append(release(commit, list(group), changes, tags, conf.hash_length))
    template = Template((HERE / RELEASES_PAGE).read_text(encoding="utf-8"))
    page = template.substitute(
        policy=CONTENT_POLICY, project=escape(conf.project), body="\n".join(parts)
    )
    (site / RELEASES_PAGE).write_text(page, encoding="utf-8")


def read(
    results_dir: str, benchmarks: Mapping[str, Any], revisions: Mapping[str, int]
) -> list[Result]:
    """The results of these commits, the newest commit first; asv tells what cannot be read."""
    found = [
        Result(each, Path(results_dir, each._filename).with_suffix(""), benchmarks)
        for each in iter_results(results_dir)
        if each.commit_hash in revisions
    ]
    found.sort(key=lambda each: (revisions[each.commit], each.machine, each.environment))
    return found[::-1]


def changed_packages(newest_first: list[Result]) -> dict[Path, list[str]]:
    """What was installed otherwise than for the commit before, by stem, as far as it is known."""
    previous: dict[tuple[str, str], list[str]] = {}
    changes = {}
    for each in reversed(newest_first):
        if each.installed is not None:
            before = previous.get((each.machine, each.environment))
            if before is not None:
                changes[each.stem] = package_changes(before, each.installed)
            previous[each.machine, each.environment] = each.installed
    return changes


def _machines(results_dir: str, used: set[str]) -> str:
    found = [load_json(path) for path in iter_machine_files(results_dir)]
    found = sorted((m for m in found if m.get("machine") in used), key=lambda m: str(m["machine"]))
    fields = list(dict.fromkeys(key for machine in found for key in machine if key != "version"))
    rows = [[str(machine.get(key, "")) for key in fields] for machine in found]
    return "<h3>Machines</h3>" + _table(fields, rows)


def _overview(results: list[Result], tags: dict[str, list[str]]) -> str:
    if not results:
        return "<p>There are no results yet.</p>"
    rows = []
    for each in results:
        seconds = sum(each.durations.values())
        link = f'<a href="#{escape(each.commit)}">{escape(_title(each.commit, tags))}</a>'
        cells = [_date(each), each.machine, str(_measured(each)), str(len(missing(each)))]
        rows.append(link + "".join(_cell(c) for c in [*cells, f"{seconds:.0f} s"]))
    head = ["release", "date", "machine", "measured", "not measured or noted", "time spent"]
    body = "".join(f"<tr><td>{row}</tr>" for row in rows)
    return f"<h3>Overview</h3><table class='table table-condensed'>{_head(head)}{body}</table>"


def release(
    commit: str,
    runs: list[Result],
    changes: Mapping[Path, list[str]],
    tags: dict[str, list[str]],
    hash_length: int,
) -> str:
    """The part of one commit; changes: see `changed_packages`."""
    short = commit[:hash_length]
    # asv's graphs link with the short hash, its feed with the whole one
    anchor = f'<div class="release" id="{escape(commit)}"><a id="{escape(short)}"></a>'
    title = f"<h2>{escape(_title(commit, tags))} <small>{_date(runs[0])}</small> "
    parts = [anchor, title, f'<span class="hash">{escape(short)}</span></h2>']
    for run in runs:
        parts.append(f"<h4>on {escape(run.machine)}, {escape(run.environment)}</h4>")
        parts += [_invalid(run), _missing(run)]
        parts += [_installed(run, changes.get(run.stem)), _durations(run)]
    return "\n".join([*parts, "</div>"])


def _invalid(run: Result) -> str:
    if not run.invalid:
        return ""
    reasons = escape("; ".join(run.invalid))
    return (
        f"<p class='alert alert-warning'><b>Invalid run</b>: {reasons}."
        " Its seconds and bytes are not to be believed; its counts are.</p>"
    )


def _missing(run: Result) -> str:
    rows = [[each.benchmark, each.extent, each.reason] for each in missing(run)]
    if not rows:
        return f"<p>All {_measured(run)} benchmarks have a value.</p>"
    label = f"Not measured, failed, or with a note: {len(rows)} (measured: {_measured(run)})"
    hint = "" if run.notes else "<p>No notes were kept with this result.</p>"
    table = _table(["benchmark", "parameter sets without a value", "reason"], rows)
    return _details(label, hint + table, is_open=len(rows) <= 12)


def _measured(run: Result) -> int:
    return sum(map(bool, run.figures.values()))


def _installed(run: Result, changes: list[str] | None) -> str:
    if run.installed is None:
        return "<p>What was installed was not kept with this result.</p>"
    changed = ""
    if changes is not None:
        text = ", ".join(changes) or "nothing"
        changed = f"<p>Changed since the previous list that was kept: {escape(text)}</p>"
    packages = "<pre>" + escape("\n".join(run.installed)) + "</pre>"
    return changed + _details(f"Installed: {len(run.installed)} packages", packages)


def _durations(run: Result) -> str:
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


def _date(run: Result) -> str:
    return f"{run.date:%Y-%m-%d}"
