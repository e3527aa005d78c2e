"""Writes `releases.html`: what stands behind the numbers of each release."""

import itertools
import operator
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asv.machine import iter_machine_files
from asv.results import iter_results
from asv.util import load_json

from harness.common import files
from harness.common.numbers import quantity
from harness.rendering import pages
from harness.rendering.tables import markdown
from harness.results import figures
from harness.results.result import Result, line, package_changes

RELEASES_PAGE = "releases.html"
TEMPLATE = Path(__file__).with_name(RELEASES_PAGE)
_LONGEST_SHOWN = 15  # durations per release; the rest is summed up, or many commits make megabytes


def write_releases_page(
    site: Path, conf: Any, repo: Any, benchmarks: Mapping[str, Any], revisions: Mapping[str, int]
) -> None:
    """Write the page and its Markdown twin into `site`.

    revisions: maps the commits to show to their numbers.
    """
    results = [
        Result(each, Path(conf.results_dir, each._filename).with_suffix(""), benchmarks)
        for each in iter_results(conf.results_dir)  # asv tells what cannot be read
        if each.commit_hash in revisions
    ]
    results.sort(key=lambda each: (revisions[each.commit], each.machine, each.environment))
    results.reverse()
    tags: dict[str, list[str]] = {}
    for tag, commit in sorted(repo.get_tags().items()):
        tags.setdefault(commit, []).append(tag)
    shown = {each.machine for each in results}
    machines = [load_json(path) for path in sorted(iter_machine_files(conf.results_dir))]
    machines = [each for each in machines if each.get("machine") in shown]
    fields = list(dict.fromkeys(key for each in machines for key in each if key != "version"))
    by_commit = operator.attrgetter("commit")
    values: dict[str, Any] = {
        "project": conf.project,
        "releases": [(commit, list(of)) for commit, of in itertools.groupby(results, by_commit)],
        "changes": changed_packages(results),
        "name": lambda commit: ", ".join(tags.get(commit, [])) or commit[:8],
        "missing": missing,
    }
    page = pages.page(
        TEMPLATE,
        fields=fields,
        machines=[[str(machine.get(key, "")) for key in fields] for machine in machines],
        results=results,
        hash_length=conf.hash_length,
        spent=_spent,
        durations=_durations,
        **values,
    )
    twin = pages.markdown_page(TEMPLATE.with_suffix(".md"), table=markdown, **values)
    files.write(site / RELEASES_PAGE, page)
    files.write(site / "releases.md", twin)


def changed_packages(newest_first: list[Result]) -> dict[Path, list[str]]:
    """What was installed otherwise than for the commit before, by stem, as far as it is known."""
    previous: dict[tuple[str, str], list[Result]] = {}
    changes = {}
    for each in reversed(newest_first):
        if each.installed is not None:
            earlier = previous.setdefault((each.machine, each.environment), [])
            if before := line(each, earlier):
                changes[each.stem] = package_changes(before[-1].installed or [], each.installed)
            earlier.append(each)
    return changes


def _spent(run: Result) -> dict[str, float]:
    """Seconds in all, and what they were spent on."""
    total, build = sum(run.durations.values()), run.durations.get("<build>", 0.0)
    caches = sum(s for name, s in run.durations.items() if name.startswith("<setup_cache"))
    return {"all": total, "build": build, "caches": caches, "single": total - build - caches}


def _durations(run: Result) -> list[tuple[str, str]]:
    longest = sorted(run.durations.items(), key=lambda item: -item[1])
    rows = longest[:_LONGEST_SHOWN]
    if rest := longest[_LONGEST_SHOWN:]:
        rows.append((f"{len(rest)} shorter ones", sum(seconds for _, seconds in rest)))
    return [(what, quantity(seconds, "seconds")) for what, seconds in rows]


def missing(run: Result) -> list[tuple[str, str, str]]:
    """Benchmark, sets of parameters without a value ("all", "" for none), and why.

    The benchmarks of today's suite without a value, and everything a note was kept about.
    """
    current = run.asv.get_result_keys(run.benchmarks)
    kept = run.asv.get_all_result_keys()
    reasons = {name: "; ".join(note.text for note in n) for name, n in run.notes.items()}
    found = []
    for name in sorted(run.benchmarks):
        if name in current:
            extent, why = _gaps(run, name)
        else:
            extent = "all"
            why = "measured by an earlier version of the benchmark" if name in kept else "not run"
        reason = reasons.pop(name, "")
        if extent or reason:
            found.append((name, extent, reason or f"{why}; no reason was recorded"))
    return found + [(name, "", reason) for name, reason in sorted(reasons.items())]


def _gaps(run: Result, name: str) -> tuple[str, str]:
    """Which parameter sets have no value ("" for none, "all"), and what stands in its place."""
    sets = list(itertools.product(*run.benchmarks[name]["params"]))
    known = figures.read(run.asv, name)
    states = {", ".join(of): known.get(of, figures.NOTHING) for of in sets}
    empty = {label: each.state for label, each in states.items() if not each.measured}
    why = " / ".join(sorted(set(empty.values())))
    if len(empty) in (0, len(sets)):
        return "all" if empty else "", why
    some = "; ".join(list(empty)[:4]) + ("; ..." if len(empty) > 4 else "")
    return f"{len(empty)} of {len(sets)}: {some}", why
