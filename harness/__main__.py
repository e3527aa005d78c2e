"""Commands beside asv's own: `python -m harness --help`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from asv.util import UserError

from harness.check import cli as check
from harness.cli import dashboard, machine
from harness.model_server import cli as model_server
from harness.tools.agent_server import cli as agent_server
from harness.tools.concurrency import cli as concurrency
from harness.tools.event_loop import cli as event_loop
from harness.tools.leaks import cli as leaks
from harness.tools.load import cli as load
from harness.tools.monitor import cli as monitor
from harness.tools.profiling import cli as profiling


def _machine(arguments: argparse.Namespace) -> None:
    name, new = machine.register(arguments.name)
    print(f"machine {name}: {'now known to asv' if new else 'already known to asv'}")


def _dashboard(arguments: argparse.Namespace) -> None:
    site = dashboard.make(arguments.config, arguments.releases)
    print(dashboard.where(arguments.config, site))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(prog="python -m harness", description=__doc__)
    verbs = result.add_subparsers(required=True, metavar="COMMAND")
    this = verbs.add_parser("machine", help="tell asv about this machine, once and stably")
    this.add_argument("--name", help="name in the results (default: the host name)")
    this.set_defaults(run=_machine)
    this = verbs.add_parser("dashboard", help="measure what is not measured yet, and publish")
    this.add_argument("releases", nargs="?", default="ALL", help="asv's range (default: ALL)")
    this.add_argument("--config", type=Path, default=Path("asv.conf.json"), help="asv config")
    this.set_defaults(run=_dashboard)
    check.add_verbs(verbs)
    concurrency.add_verbs(verbs)
    agent_server.add_verbs(verbs)
    load.add_verbs(verbs)
    model_server.add_verbs(verbs)
    event_loop.add_verbs(verbs)
    leaks.add_verbs(verbs)
    monitor.add_verbs(verbs)
    profiling.add_verbs(verbs)
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command: 0, 1 if `check` has findings, 2 after one clear line about bad input."""
    arguments = parser().parse_args(argv)
    try:
        status: int | None = arguments.run(arguments)
    except (UserError, ValueError) as error:
        print(f"harness: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("\nharness: interrupted; finished releases are kept", file=sys.stderr)
        return 130
    return status or 0


if __name__ == "__main__":
    sys.exit(main())
