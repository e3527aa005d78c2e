"""The main job in one go: measure every release that is not measured yet, publish, say where."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from harness.cli import machine
from harness.common import options
from harness.results.target import configuration

SOME_FAILED = 2  # asv's exit status when benchmarks failed; the others are in the results


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb `dashboard`."""
    parser.add_argument("releases", nargs="?", default="ALL", help="asv's range (default: ALL)")
    options.add_config(parser)
    parser.set_defaults(run=_dashboard)


def _dashboard(arguments: argparse.Namespace) -> None:
    site = make(arguments.config, arguments.releases)
    print(where(arguments.config, site))


class DashboardError(ValueError):
    """A step did not work; asv has said why."""


def make(config: Path, releases: str = "ALL") -> Path:
    """Run and publish the target of `config`; returns the folder of the site.

    Releases already measured on this machine are skipped, so an interrupted run continues.
    Raises DashboardError when asv cannot run or publish.
    """
    site = Path(os.path.normpath(config.parent / configuration(config).html_dir))
    name, _ = machine.register()
    print(f"Measuring {releases.lower()} releases of {config} on machine {name}.", flush=True)
    print("A release takes minutes; interrupted, the same command continues.", flush=True)
    status = _asv(config, "run", releases, "--skip-existing-successful")
    if status not in (0, SOME_FAILED):
        raise DashboardError(f"asv run ended with status {status}")
    if status := _asv(config, "publish", "--no-pull"):
        raise DashboardError(f"asv publish ended with status {status}")
    return site


def _asv(config: Path, *arguments: str) -> int:
    command = [sys.executable, "-m", "asv", *arguments, "--config", str(config)]
    return subprocess.run(command, check=False).returncode


def where(config: Path, site: Path) -> str:
    """How to look at a published site."""
    return (
        f"\nThe dashboard is in {site}\n"
        f"Open {site / 'index.html'} in a browser, or serve it:\n"
        f"  {sys.executable} -m asv preview --config {config}"
    )
