"""The verb `site`: publish all targets that have results, and the front page over them."""

import argparse
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from harness.common.children import ChildFailed, call
from harness.results.configuration import configuration, configurations
from harness.results.files import BadInput
from harness.site import front

LIMIT = 600.0
"""Seconds that publishing one target may take."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--target", action="append", default=[], metavar="T", help="only this one; may be repeated"
    )
    parser.set_defaults(run=_site)


def _site(arguments: argparse.Namespace) -> None:
    """ValueError, after all that can be published is, where a target cannot."""
    configs = configurations(arguments.target)
    folders = {name: folder(config) for name, config in configs.items()}
    measured = {name: each for name, each in configs.items() if _has_results(each)}
    if not measured:
        raise BadInput("no results of any target: begin with make survey")
    begin, failed = time.monotonic(), {}
    for number, (name, reason) in enumerate(_published(measured), start=1):
        took = f"{time.monotonic() - begin:.0f} s"
        print(f"{number} of {len(measured)} after {took}: {reason or name}", flush=True)
        if reason:
            failed[name] = reason
    for root in sorted({each.parent for each in folders.values()}):
        own = [reason for name, reason in failed.items() if folders[name].parent == root]
        print(f"The front page is {front.publish(root, own)}")
    if failed:
        raise BadInput(f"left out {', '.join(failed)}: {next(iter(failed.values()))}")


def folder(config: Path) -> Path:
    return Path(os.path.normpath(config.parent / configuration(config).html_dir))


def _has_results(config: Path) -> bool:
    results = config.parent / configuration(config).results_dir
    return any(results.glob("*/machine.json"))


def _published(configs: dict[str, Path]) -> Iterator[tuple[str, str]]:
    """Each target when it is published, and why it is not, or ""; as many at once as there are
    cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tasks = {pool.submit(_reason, config): name for name, config in configs.items()}
        for task in as_completed(tasks):
            reason = task.result()
            yield tasks[task], reason and f"{tasks[task]} is not published: {reason}"


def _reason(config: Path) -> str:
    order = {"config": str(config.resolve())}
    try:
        call("harness.site.publish:publish", order, limit=LIMIT)
    except ChildFailed as error:
        return str(error)
    return ""
