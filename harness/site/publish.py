"""Wraps `asv publish`: a failure leaves the old site, and unusable values are left out.

Our own pages of the target stand beside asv's.
"""

import contextlib
import json
import math
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asv.config
from asv.commands.publish import Publish
from asv.console import log

from harness.results.configuration import configuration
from harness.site.release_page import RELEASES_PAGE
from harness.site.target_pages import write_pages

_dropped: set[str] = set()  # benchmarks of this publication


def publish(config: str | os.PathLike[str]) -> None:
    """Publish the target of a configuration without asking any network.

    Raises what asv raises, and BadInput.
    """
    path = Path(config).resolve()
    conf = configuration(path)
    with contextlib.chdir(path.parent):
        conf.config = str(path)
        Publish.run(conf, pull=False)


def with_config(run_from: Any, conf: Any, args: Any) -> Any:
    """What runs a command: it then knows whose configuration it has."""
    conf.config = args.config or asv.config._get_config_path()
    return run_from(conf, args)


def run_beside(run: Any, conf: Any, *args: Any, **options: Any) -> None:
    """Publish into a folder beside, which takes the place of the site when it is complete.

    A click on a data point leads to the releases page, unless the configuration names a page.
    """
    settings = conf.html_dir, conf.show_commit_url
    _dropped.clear()
    try:
        with written_beside(conf.html_dir) as site:
            conf.html_dir = str(site)
            if conf.show_commit_url == "#":
                conf.show_commit_url = f"{RELEASES_PAGE}#"
            run(conf, *args, **options)
            write_data_script(site)
            write_pages(site, Path(conf.config))
    finally:
        # `asv gh-pages` goes on with the published directory
        conf.html_dir, conf.show_commit_url = settings
    if _dropped:
        names = ", ".join(sorted(_dropped))
        log.warning(f"Values that are not finite numbers were left out of: {names}")


def usable_results(iter_results: Any, *args: Any, **options: Any) -> Iterator[Any]:
    """asv's results, without what cannot be drawn."""
    for results in iter_results(*args, **options):
        _dropped.update(leave_out_unusable(results))
        yield results


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
    return value is None or (isinstance(value, (int, float)) and not math.isinf(value))


def write_data_script(site: Path) -> None:
    """Write every JSON file of the site into its `data.js`, so that it opens as file: too.

    The texts go in as they are, since JSON is JavaScript; a dashboard of many commits thus needs
    about twice the disk, and a browser that got the site from a server loads nothing more.
    """
    entries = [
        f"{json.dumps(path.relative_to(site).as_posix())}: {path.read_text(encoding='utf-8')}"
        for path in sorted(site.rglob("*.json"))
    ]
    script = "var SITE_DATA = {\n" + ",\n".join(entries) + "\n};\n"
    (site / "data.js").write_bytes(script.encode("utf-8"))


@contextlib.contextmanager
def written_beside(directory: str) -> Iterator[Path]:
    """Give a path beside `directory` to write to, and put it in its place at the end.

    When the block raises (or is interrupted) `directory` stays as it was and what was written is
    removed. A process killed at any point leaves the old or the new directory: the next call
    tidies up. Two calls for the same directory at the same time are not supported.
    """
    target = Path(os.path.realpath(directory))  # a symbolic link stays a link to the new content
    fresh = target.with_name(target.name + ".new")
    old = target.with_name(target.name + ".old")
    if old.exists() and not target.exists():  # a killed process has left it
        old.rename(target)
    for leftover in (fresh, old):
        if leftover.exists():
            shutil.rmtree(leftover)
    try:
        yield fresh
        if target.exists():
            target.rename(old)
        fresh.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)
