"""The sections about all releases: what they are, their counts, what is not available and why."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence

from harness.common.numbers import NONE, change, number, quantity
from harness.rendering.tables import markdown
from harness.report.sections import told
from harness.results.result import Params, package_changes
from harness.results.result import Result as Release
from harness.results.series import FLOOR, Series


def releases(series: Series) -> list[str]:
    """The releases, how each was installed, and how much of each has figures."""
    rows = []
    for release in series.releases:
        kept = sum(
            FLOOR not in params
            for name, found in release.figures.items()
            if not name.startswith("controls.")
            for params in found
        )
        packages = f"{len(release.installed)} packages" if release.installed else "not kept"
        day = f"{release.date:%Y-%m-%d}"
        rows.append([release.name, day, packages, _as_of(release), number(kept)])
    text = "Commits, installed as the configuration says."
    if any(release.resolved for release in series.releases):
        text = (
            "Each release was installed from wheels, as users get it, into an environment of its "
            "own, with its dependencies as they were a day after its upload."
        )
    return [
        text,
        "",
        *markdown(["release", "uploaded", "installed", "as of, on", "figures"], rows),
    ]


def _as_of(release: Release) -> str:
    return ", ".join(line.removeprefix("as of ") for line in release.resolved[1:]) or NONE


def counts(series: Series) -> list[str]:
    """Exact figures over the releases, and every difference between neighbours."""
    measured = [release for release in series.releases if any(_exact(series, release))]
    if not measured:
        return []
    lines = [
        "Counts have no noise: any difference is a difference of the code, the release's own or "
        "that of a dependency. A count that is not listed did not change.",
        "",
    ]
    for before, after in itertools.pairwise(measured):
        lines += _between(series, before, after)
    if len(measured) == 1:
        lines += ["There is only one measured release: nothing to compare.", ""]
    return lines


def _between(series: Series, before: Release, after: Release) -> list[str]:
    old, new = (dict(_exact(series, release)) for release in (before, after))
    rows = []
    for key in (key for key in old if key in new and not _same(old[key], new[key])):
        name, params = key
        unit = series.benchmarks[name]["unit"]
        figures = [quantity(each[key], unit) for each in (old, new)]
        relative = (new[key] - old[key]) / abs(old[key]) if old[key] else math.inf
        rows.append([_label(name, params), *figures, change(relative)])
    same = sum(key in new for key in old) - len(rows)
    gone, come = len(old.keys() - new.keys()), len(new.keys() - old.keys())
    differ = [f"{len(rows)} of {len(rows) + same} counts differ"]
    differ += [f"{gone} are no longer available"] if gone else []
    differ += [f"{come} are new"] if come else []
    lines = [f"**{before.name} → {after.name}**: {'; '.join(differ)}.", ""]
    if packages := package_changes(before.installed or [], after.installed or []):
        lines += [f"Packages: {', '.join(packages)}.", ""]
    return lines + markdown(["count", before.name, after.name, "change"], rows)


def _same(before: float, after: float) -> bool:
    """Equal but for the last bits: virtual times are sums of fractions."""
    return math.isclose(before, after, rel_tol=1e-9)


def _exact(series: Series, release: Release) -> Iterator[tuple[tuple[str, Params], float]]:
    """Counted and virtual figures of the framework: the floor's are ours and do not belong here."""
    for name, found in release.figures.items():
        if series.benchmarks[name].get("grade") in ("counts", "virtual"):
            for params, one in found.items():
                if FLOOR not in params:
                    yield (name, params), one.value


def _label(name: str, params: Params) -> str:
    return f"`{name}({', '.join(map(str, params))})`" if params else f"`{name}`"


def history(series: Series) -> list[str]:
    """Added p95 of a back-to-back run, and the import, over the releases."""
    back_to_back = [
        (f"added p95 back to back, {entry}", "latency.Added.track_p95", (entry, 0.0))
        for entry in series.values("latency.Added.track_p95", "entry")
    ]
    wanted = [*back_to_back, ("import", "startup.Import.track_seconds", ())]
    return _over(series, [(label, name, (series.runtime, *of)) for label, name, of in wanted])


def controls(series: Series) -> list[str]:
    """Work that never changes: when it moves, the machine moved."""
    names = [name for name in series.benchmarks if name.startswith("controls.")]
    return _over(series, [(name.rpartition(".")[2], name, ()) for name in names])


def _over(series: Series, wanted: Sequence[tuple[str, str, Params]]) -> list[str]:
    """A row for each release that has any of these figures."""
    rows = (
        [release.name, *(told(series, name, release, *of) for _, name, of in wanted)]
        for release in series.releases
        if any(release.get(name, *of) for _, name, of in wanted)
    )
    return markdown(["release", *(label for label, _, _ in wanted)], rows)


def missing(series: Series) -> list[str]:
    """Why there are figures missing, each reason once with the releases it holds for."""
    grouped: dict[str, dict[str, set[str]]] = {}
    for release in series.releases:
        for name, notes in release.notes.items():
            for note in notes:
                by_name = grouped.setdefault(_why(note.reason, release), {})
                by_name.setdefault(release.name, set()).add(name)
    rows = []
    for why, by_release in grouped.items():
        names = sorted(set().union(*by_release.values()))
        every = len(by_release) == len(series.releases)
        of = "all" if every else ", ".join(by_release)
        shown = ", ".join(f"`{name}`" for name in names[:3])
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        rows.append([why, of, shown + more])
    return markdown(["reason", "releases", "benchmarks"], rows) or ["Nothing is missing.", ""]


def _why(reason: str, release: Release) -> str:
    """A reason without the release's own version, so that releases share it; failures say so."""
    common = reason.replace(f" {release.name.removeprefix('v')} ", " ")
    common = re.sub(r" \(\d+ to \d+\)", "", common)  # how much a count varied is chance
    known = common.removeprefix("n/a: ").removeprefix("asv: skipped: ")
    expected = known != common or common.startswith(("not installed", "asv: skipped"))
    return known if expected else f"failed: {known}"
