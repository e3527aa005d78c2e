"""`load --soak`: a load of hours or days in a folder, in this interpreter or another."""

import argparse
from pathlib import Path

from harness.common import options
from harness.tools.load import place
from harness.tools.load.soak import making, summary, telling

_OTHERS = ("requests", "warmup", "csv", "hdr", "html", "find_capacity", "latency_from")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    this = parser.add_argument_group("soak: hours or days, continued by the same command")
    options.add_time(this, "--soak", help="instead of --duration, such as 24h")
    this.add_argument(
        "--soak-in", metavar="FOLDER", default="soak", help="of its minutes (default: soak)"
    )
    options.add_time(
        this, "--soak-minute", default=60.0, help="for which a line is written (default: 60s)"
    )


def soak(arguments: argparse.Namespace) -> int:
    """Make what is left of a soak, and say how all of it went. Raises ValueError for bad input."""
    if wrong := next((name for name in _OTHERS if getattr(arguments, name)), None):
        option = wrong.replace("_", "-")
        raise ValueError(f"--{option} is not for --soak, whose minutes are in --soak-in")
    if not 0 < arguments.soak_minute <= arguments.soak:
        raise ValueError(
            "--soak-minute (default: 1m) must be a positive time, and no longer than --soak"
        )
    arguments.duration = arguments.soak
    arguments.soak_in = str(Path(arguments.soak_in).absolute())  # also in another interpreter
    plan, shape = making.shape(arguments)
    outputs = options.Outputs(arguments)
    seconds = plan.arrivals.duration + plan.drain
    on, _ = place.made(
        arguments, lambda on, tell: making.make(on, arguments, options.progress), seconds
    )
    made = summary.report(arguments, plan, shape, (on.name, on.injected))
    print(telling.text(made), file=outputs.people)
    outputs.write(json=lambda: options.as_json(made.data))
    return summary.status(made)
