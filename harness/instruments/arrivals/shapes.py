"""The shape of a load on a command line: arrivals by a schedule, or users."""

import argparse
from collections.abc import Callable
from typing import Any

from harness.common import options, quantities
from harness.instruments.arrivals.plan import Closed, Open, Plan, arrivals
from harness.workload import schedules

_SHAPES: dict[str, tuple[Callable[..., list[float]], tuple[str, ...]]] = {
    "constant": (schedules.constant, ("rate",)),
    "ramp-up": (schedules.ramp_up, ("rate",)),
    "spike": (schedules.spike, ("rate", "peak")),
    "step": (schedules.step, ("rates",)),
    "poisson": (schedules.poisson, ("rate", "seed")),
}
"""By name: what makes the schedule, and the options that it takes beside --duration."""

SHAPES = tuple(_SHAPES)
_OPTIONS: dict[str, Any] = {"rate": 10.0, "peak": None, "rates": None, "seed": 0}
"""Those options, and what they are without being given; None: they must be."""

MOST = 20_000_000
"""Requests of one load: their records take 30 bytes each."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that describe arrivals, their duration and their limits."""
    this = parser.add_argument_group("arrivals")
    add_schedule(this)
    count = quantities.argument(quantities.count)
    this.add_argument("--users", type=count, metavar="N", help="closed loop: N users, who wait")
    options.add_time(this, "--think", help="of a user between requests")
    this.add_argument("--requests", type=count, metavar="N", help="at most, without the warm-up")


def add_schedule(this: Any) -> None:
    """The options of a schedule, and of what goes before it."""
    this.add_argument("--shape", choices=SHAPES, help="default: constant")
    this.add_argument("--rate", type=float, help="requests a second (default: 10)")
    this.add_argument("--peak", type=float, help="rate of the middle fifth of a spike")
    this.add_argument("--rates", help="rates of the steps: 10,20,40")
    this.add_argument("--seed", type=int, help="of Poisson arrivals (default: 0)")
    options.add_time(this, "--duration", default=10.0, help="default: 10s")
    options.add_time(
        this,
        "--warmup",
        default=0.0,
        help="before the duration, at the mean rate; not in the summary",
    )


def add_limits(this: Any) -> None:
    """The options of a plan beside its arrivals."""
    options.add_time(this, "--timeout", help="of a request")
    this.add_argument("--cap", type=int, metavar="N", help="in flight at once; others wait")
    options.add_time(
        this,
        "--drain",
        default=10.0,
        help="waited for replies after the last arrival (default: 10s)",
    )


def plan(arguments: argparse.Namespace) -> tuple[Plan, dict[str, Any]]:
    """The plan that the arguments describe, and its shape in words. Raises ValueError."""
    loop, shape = _closed(arguments) if arguments.users is not None else _open(arguments)
    made = Plan(loop, arguments.timeout, arguments.cap, arguments.drain)
    return made, shape


def _closed(arguments: argparse.Namespace) -> tuple[Closed, dict[str, Any]]:
    for option in ("shape", *_OPTIONS):
        if getattr(arguments, option) is not None:
            raise ValueError(f"--{option} is for an open loop, --users makes a closed one")
    if arguments.requests is not None and arguments.warmup:
        raise ValueError("--requests with --warmup is for an open loop")
    think = arguments.think or 0.0
    duration = arguments.warmup + arguments.duration
    closed = Closed(arguments.users, duration, think, arguments.requests, arguments.warmup)
    title = f"{closed.users} users" + (f", {think:g} s of thinking" if think else "")
    return closed, {"title": title, "users": closed.users, "think": think}


def _open(arguments: argparse.Namespace) -> tuple[Open, dict[str, Any]]:
    if arguments.think is not None:
        raise ValueError("--think is for users: give --users")
    due, settings = schedule(arguments)
    loop = arrivals(due, arguments.duration, arguments.warmup, arguments.requests)
    return loop, worded(arguments.shape or "constant", settings)


def worded(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """A shape and its settings, with a title for people."""
    title = f"{name} " + ", ".join(f"{key} {value}" for key, value in settings.items())
    return {"title": title, "shape": name, **settings}


def schedule(arguments: argparse.Namespace) -> tuple[list[float], dict[str, Any]]:
    """When requests are due, and what of the arguments says so. Raises ValueError."""
    name, settings = described(arguments)
    rates = settings.get("rates", [settings.get("rate"), settings.get("peak") or 0.0])
    seconds = arguments.duration + getattr(arguments, "warmup", 0.0)
    requests = seconds * max(rates)
    if requests > MOST:
        raise ValueError(f"{requests:.3g} requests are more than one load may have ({MOST:,})")
    return _SHAPES[name][0](duration=arguments.duration, **settings), settings


def described(arguments: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """The shape that the arguments name, and its settings. Raises ValueError."""
    name = arguments.shape or "constant"
    taken = _SHAPES[name][1]
    settings: dict[str, Any] = {}
    for option, otherwise in _OPTIONS.items():
        given = getattr(arguments, option, None)
        if option in taken:
            settings[option] = otherwise if given is None else given
            if settings[option] is None:
                raise ValueError(f"--shape {name} needs --{option}")
        elif given is not None:
            others = " or ".join(each for each, (_, its) in _SHAPES.items() if option in its)
            raise ValueError(f"--{option} is for --shape {others}, not for {name}")
    if "rates" in taken:
        settings["rates"] = [quantities.number(part) for part in settings["rates"].split(",")]
    return name, settings
