"""The sections about all releases: what they are, their counts, what is not available and why."""

import math
import re

from harness.check.report import familiar
from harness.check.rows import Row, rows
from harness.check.telling import OTHER_CODE, figure, relative_change
from harness.common.numbers import NONE, change, number, quantity
from harness.rendering.tables import markdown
from harness.results.figures import FLOOR
from harness.results.result import Params, line, package_changes
from harness.results.result import Result as Release
from harness.results.series import Series


def releases(series: Series) -> list[str]:
    """The releases, how each was installed, and how much of each has figures."""
    table = []
    for release in series.releases:
        kept = sum(
            FLOOR not in params
            for name, found in release.figures.items()
            if not name.startswith("controls.")
            for params in found
        )
        packages = f"{len(release.installed)} packages" if release.installed else "not kept"
        as_of = ", ".join(line.removeprefix("as of ") for line in release.resolved[1:]) or NONE
        table.append([release.name, f"{release.date:%Y-%m-%d}", packages, as_of, number(kept)])
    return markdown(["release", "uploaded", "installed", "as of, on", "figures"], table)


def counts(series: Series) -> list[str]:
    """Every exact figure of the framework that differs from the release before."""
    measured = [each for each in series.releases if _exact(each, each)]
    if len(measured) == 1:
        return ["There is only one measured release: nothing to compare.", ""]
    led_to = ((line(each, measured[:i]), each) for i, each in enumerate(measured))
    return [text for before, each in led_to if before for text in _between(before[-1], each)]


def _exact(before: Release, after: Release) -> list[Row]:
    """Exact rows with a figure; not the floor's: they are ours and do not belong here."""
    own = (row for row in rows(before, after) if not (row.is_noisy or row.is_floor))
    return [row for row in own if row.base.measured or row.head.measured]


def _between(before: Release, after: Release) -> list[str]:
    exact = _exact(before, after)
    kept = [row for row in exact if row.is_compared and not row.by_other_code]
    # Equal but for the last bits: virtual times are sums of fractions.
    differ = [row for row in kept if not math.isclose(row.base.value, row.head.value)]
    words = [f"{len(differ)} of {len(kept)} counts differ"]
    gone, come = (
        sum(not getattr(row, side).measured for row in exact) for side in ("head", "base")
    )
    ours = sum(row.is_compared and row.by_other_code for row in exact)
    words += [f"{ours} were {OTHER_CODE}"] if ours else []
    words += [f"{gone} are no longer available"] if gone else []
    words += [f"{come} are new"] if come else []
    packages = package_changes(before.installed or [], after.installed or [])
    changed = f" Packages: {', '.join(packages)}." if packages else ""
    lines = [f"**{before.name} → {after.name}**: {'; '.join(words)}.{changed}", ""]
    table = [
        [
            f"`{row.label}`",
            quantity(row.base.value, row.unit),
            quantity(row.head.value, row.unit),
            change(relative_change(row.base.value, row.head.value)),
        ]
        for row in differ
    ]
    return lines + markdown(["count", before.name, after.name, "change"], table)


def history(series: Series) -> list[str]:
    """Added p95 of a back-to-back run, the import, and the controls, over the releases."""
    of = series.runtime
    wanted: list[tuple[str, str, Params]] = [
        (f"added p95 back to back, {entry}", "latency.Added.track_p95", (of, entry, 0.0))
        for entry in series.values("latency.Added.track_p95", "entry")
    ]
    wanted.append(("import", "startup.Import.track_seconds", (of,)))
    controls = (name for name in series.benchmarks if name.startswith("controls."))
    wanted += [(name.rpartition(".")[2], name, ()) for name in controls]
    table = (
        [release.name, *(in_words(series, name, release, *of) for _, name, of in wanted)]
        for release in series.releases
        if any(release.get(name, *of) for _, name, of in wanted)
    )
    return markdown(["release", *(label for label, _, _ in wanted)], table)


def in_words(series: Series, name: str, release: Release, *params: object) -> str:
    """A figure as it is shown: with its interval, and in the form that people know it in."""
    found, unit = release.get(name, *params), series.benchmarks.get(name, {}).get("unit", "")
    known = familiar(name, unit, found.value) if found else ""
    return ": ".join(filter(None, [figure(found, unit), known]))


def missing(series: Series) -> list[str]:
    """Why there are figures missing, each reason once with the releases it holds for.

    Reasons that differ in their first word alone, such as the name of an agent, share a row.
    """
    grouped: dict[str, dict[str, set[str]]] = {}
    for release in series.releases:
        for name, notes in release.notes.items():
            for note in notes:
                by_name = grouped.setdefault(_why(note.reason, release), {})
                by_name.setdefault(release.name, set()).add(name)
    alike: dict[tuple[str, tuple[str, ...]], dict[str, set[str]]] = {}
    for why, by_release in grouped.items():
        first, _, rest = why.partition(" ")
        shared = (rest.replace(first, "…"), tuple(by_release))
        alike.setdefault(shared, {})[first] = set().union(*by_release.values())
    measured = {each.name for each in series.releases if each.has_numbers}
    table = []
    for (rest, found), by_first in alike.items():
        names = sorted(set().union(*by_first.values()))
        shown = ", ".join(f"`{name}`" for name in names[:3])
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        each_of = "each of " if len(by_first) > 1 else ""
        of = "all" if measured and measured <= set(found) else ", ".join(found)
        table.append([f"{each_of}{', '.join(by_first)} {rest}".strip(), of, shown + more])
    return markdown(["reason", "releases", "benchmarks"], table) or ["Nothing is missing.", ""]


def _why(reason: str, release: Release) -> str:
    """A reason without the release's own version, so that releases share it; failures say so."""
    common = reason.replace(f" {release.name.removeprefix('v')} ", " ")
    common = re.sub(r" \(\d+ to \d+\)", "", common)  # how much a count varied is chance
    known = common.removeprefix("n/a: ").removeprefix("asv: skipped: ")
    expected = known != common or common.startswith(("not installed", "asv: skipped"))
    return known if expected else f"failed: {known}"


SECTIONS = {each.__name__: each for each in (releases, counts, history, missing)}
"""By the name that page.md calls them."""
