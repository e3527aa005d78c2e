"""The verb `monitor`: watch a process there is, or a command from its start to its end."""

import argparse
import os
import resource
import shlex
import signal
import subprocess
import sys
from typing import Any

from harness.common import options
from harness.instruments.resources.readers import Ended
from harness.tools.monitor import Monitor
from harness.tools.monitor.page import LEVELS, table


def add_arguments(this: argparse.ArgumentParser) -> None:
    this.epilog = (
        "Ends with the command, whose exit status it returns; with the process; after"
        " --duration; or with Ctrl-C. The table goes to standard error."
    )
    this.add_argument("--pid", type=int, help="a process that runs already")
    options.add_time(this, "--interval", default=0.1, help="between samples (default: 100ms)")
    options.add_time(this, "--duration", help="end after it (with --pid)")
    this.add_argument("--no-children", action="store_true", help="leave its children out")
    options.add_outputs(
        this, json="summary and samples", csv="one line per sample", html="a page with plots"
    )
    this.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND ...")
    this.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if (arguments.pid is None) == (not command):
        raise ValueError("monitor needs either --pid N or -- COMMAND ...")
    if command and arguments.duration is not None:
        raise ValueError("--duration goes with --pid: a command ends by itself")
    outputs = options.Outputs(arguments)
    settings = {"interval": arguments.interval, "children": not arguments.no_children}
    if command:
        monitor, status = _command(command, settings)
    else:
        monitor, status = _process(arguments.pid, arguments.duration, settings)
    writers = {"json": monitor.to_json, "csv": monitor.to_csv, "html": monitor.to_html}
    print(table(monitor.summary), file=sys.stderr)
    for name, path in outputs.paths.items():
        writers[name](path)
    return status


def _process(pid: int, seconds: float | None, settings: dict[str, Any]) -> tuple[Monitor, int]:
    try:
        with Monitor(pid, **settings) as monitor:
            try:
                monitor.wait(seconds)
            except KeyboardInterrupt:
                print(file=sys.stderr)  # enough was seen
    except Ended as error:
        raise ValueError(str(error)) from None
    return monitor, 0


def _command(command: list[str], settings: dict[str, Any]) -> tuple[Monitor, int]:
    """Until the command ends: nobody asks for its status before, so its last figures are there.

    Its peak is also the kernel's own: sampling cannot have seen all of a short command.
    """
    # A bad interval must be refused before the command runs.
    Monitor(**settings)
    try:
        child = subprocess.Popen(command)
    except OSError as error:
        raise ValueError(f"cannot run {shlex.join(command)}: {error.strerror}") from None
    # Ctrl-C goes to both, `kill` to this process alone.
    signal.signal(signal.SIGTERM, lambda number, _: child.send_signal(number))
    with Monitor(child.pid, whole=True, **settings) as monitor:
        while True:
            try:
                monitor.wait()
                break
            except KeyboardInterrupt:
                continue  # the command got it, too, and decides
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # what is started inherits as much
    _, ended, used = os.wait4(child.pid, 0)
    child.returncode = status = os.waitstatus_to_exitcode(ended)
    if settings["children"] and used.ru_maxrss > own:  # of the largest process
        rss = monitor.summary["rss"] = monitor.summary["rss"] or dict.fromkeys(LEVELS)
        kernel = float(used.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
        rss["peak"] = max(rss["peak"] or 0.0, kernel)
    return monitor, 128 - status if status < 0 else status
