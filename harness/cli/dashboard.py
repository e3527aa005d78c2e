"""The verb `dashboard`: measure what is not measured yet, publish it and the front page."""

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from asv.main import main

from harness.cli.site import folder
from harness.common import asked, options
from harness.history import machine, progress
from harness.history.errors import Stopped
from harness.site import front

SOME_FAILED = 2  # asv's exit status when benchmarks failed; the others are in the results


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("releases", nargs="?", default="ALL", help="asv's range (default: ALL)")
    options.add_config(parser)
    parser.add_argument("--again", action="store_true", help="also what could not be installed")
    parser.set_defaults(run=_dashboard)


def _dashboard(arguments: argparse.Namespace) -> None:
    """ValueError when asv cannot run or publish. What is measured already is skipped."""
    config, releases = arguments.config, arguments.releases
    site = folder(config)
    name, _ = machine.register()
    print(f"Measuring {releases.lower()} releases of {config} on machine {name}.", flush=True)
    print("A release takes minutes; interrupted, the same command continues.", flush=True)
    with progress.shown(), trying_again(arguments.again):
        run_asv(config, "run", releases, "--skip-existing-successful", allowed=SOME_FAILED)
    run_asv(config, "publish", "--no-pull")
    print(f"\nThe pages of this target are in {site}: open {site / 'overview.html'}")
    # Beside the configuration itself is somebody's project, and no folder of sites.
    if site.parent.resolve() != config.resolve().parent:
        print(f"All that was measured: {front.publish(site.parent)}")


@contextlib.contextmanager
def trying_again(wanted: bool) -> Iterator[None]:
    """Try again what could not be installed, if that is wanted, within this block."""
    with mock.patch.dict(os.environ, {asked.AGAIN: "1"} if wanted else {}):
        yield


def run_asv(config: Path, *arguments: str, allowed: int = 0) -> None:
    """Run asv here: what ends this process ends it, too. Bad input leaves as `errors.stop` does."""
    here, status = os.getcwd(), 0
    logging.getLogger().handlers.clear()  # asv adds its own each time
    try:
        with mock.patch.object(sys, "argv", ["asv", *arguments, "--config", str(config)]):
            main()
    except Stopped:
        raise
    except SystemExit as ended:
        status = int(ended.code or 0)
    finally:
        os.chdir(here)
    if status not in (0, allowed):  # asv has said why
        raise ValueError(f"asv {arguments[0]} ended with status {status}")
