"""Wraps `asv publish`: a failure leaves the old site, and unusable values are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from asv.commands.publish import Publish
from asv.console import log

from harness.site.finite import leave_out_unusable
from harness.site.swap import written_beside


def install(commit_page: str, finish: Callable[[Path], object]) -> None:
    """Wrap `Publish.run`, which `asv publish` and `asv gh-pages` both call.

    `commit_page` is where a click on a data point leads, when the configuration names no page of
    its own for a commit; `finish` is called with the complete site before it is put in place.
    """
    if getattr(Publish, "_agent_benchmarks", False):
        return
    run, iter_results = Publish.run.__func__, Publish.iter_results
    dropped: set[str] = set()

    def usable_results(*args: Any, **options: Any) -> Iterator[Any]:
        for results in iter_results(*args, **options):
            dropped.update(leave_out_unusable(results))
            yield results

    def run_beside(cls: Any, conf: Any, *args: Any, **options: Any) -> None:
        settings = conf.html_dir, conf.show_commit_url
        dropped.clear()
        try:
            with written_beside(conf.html_dir) as site:
                conf.html_dir = str(site)
                if conf.show_commit_url == "#":
                    conf.show_commit_url = commit_page
                run(cls, conf, *args, **options)
                finish(site)
        finally:
            # `asv gh-pages` goes on with the published directory
            conf.html_dir, conf.show_commit_url = settings
        if dropped:
            names = ", ".join(sorted(dropped))
            log.warning(f"Values that are not finite numbers were left out of: {names}")

    Publish.iter_results = staticmethod(usable_results)
    Publish.run = classmethod(run_beside)
    Publish._agent_benchmarks = True
