"""Wraps `asv publish`: a failure leaves the old site, and unusable values are left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from asv.commands.publish import Publish
from asv.console import log

from harness.history.patches import replace
from harness.site.swap import written_beside


def install(commit_page: str, finish: Callable[[Path], object]) -> None:
    """Wrap `Publish.run`, which `asv publish` and `asv gh-pages` both call.

    `commit_page` is where a click on a data point leads, when the configuration names no page of
    its own for a commit; `finish` is called with the complete site before it is put in place.
    """
    dropped: set[str] = set()

    def usable_results(iter_results: Any, *args: Any, **options: Any) -> Iterator[Any]:
        for results in iter_results(*args, **options):
            dropped.update(leave_out_unusable(results))
            yield results

    def run_beside(run: Any, conf: Any, *args: Any, **options: Any) -> None:
        settings = conf.html_dir, conf.show_commit_url
        dropped.clear()
        try:
            with written_beside(conf.html_dir) as site:
                conf.html_dir = str(site)
                if conf.show_commit_url == "#":
                    conf.show_commit_url = commit_page
                run(conf, *args, **options)
                finish(site)
        finally:
            # `asv gh-pages` goes on with the published directory
            conf.html_dir, conf.show_commit_url = settings
        if dropped:
            names = ", ".join(sorted(dropped))
            log.warning(f"Values that are not finite numbers were left out of: {names}")

    replace(Publish, "iter_results", usable_results)
    replace(Publish, "run", run_beside)


def leave_out_unusable(results: Any) -> list[str]:
    """Make every value of an asv `Results` that cannot be drawn a missing one, in memory only.

    asv's step detection never ends on `inf` (it took 24 GB), and a text or a list stops `publish`
    with a traceback. Returns the names of the benchmarks that were changed.
    """
    changed = []
    for name, values in results._results.items():  # asv offers no public way to change a value
        if values and not all(map(_is_usable, values)):
            results._results[name] = [value if _is_usable(value) else None for value in values]
            changed.append(name)
    return changed


def _is_usable(value: object) -> bool:
    """None (failed) and NaN (not applicable) are asv's own signs, and drawn as gaps."""
    if value is None:
        return True
    return isinstance(value, (int, float)) and not math.isinf(value)
