"""The shape of a load on a command line: arrivals by a schedule, or users."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from harness.common import options, quantities
from harness.instruments.arrivals.plan import Closed, Open, Plan, arrivals
from harness.workload import schedules

SHAPES = ("constant", "ramp-up", "spike", "step", "poisson")
DEFAULT_RATE = 10.0
MOST = 20_000_000
"""Requests of one load: their records take 30 bytes each."""

# Options that say something for these shapes only.
_SPECIAL = {"peak": ("spike",), "rates": ("step",), "seed": ("poisson",)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that describe arrivals, their duration and their limits."""
    this = parser.add_argument_group("arrivals")
    add_schedule(this, SHAPES)
    this.add_argument("--seed", type=int, help="of Poisson arrivals (default: 0)")
    this.add_argument("--users", type=int, metavar="N", help="closed loop: N users, who wait")
    options.add_time(this, "--think", help="of a user between requests")
    options.add_time(
        this,
        "--warmup",
        default=0.0,
        help="before the duration, at the mean rate; not in the summary",
    )
    this.add_argument("--requests", type=int, metavar="N", help="at most, without the warm-up")


def add_schedule(this: Any, shapes: Sequence[str]) -> None:
    """The options of a schedule that has one of these shapes."""
    this.add_argument("--shape", choices=shapes, help="open loop (default: constant)")
    this.add_argument("--rate", type=float, help="requests a second (default: 10)")
    this.add_argument("--peak", type=float, help="rate of the middle fifth of a spike")
    this.add_argument("--rates", help="rates of the steps: 10,20,40")
    options.add_time(this, "--duration", default=10.0, help="default: 10s")


def plan(arguments: argparse.Namespace) -> tuple[Plan, dict[str, Any]]:
    """The plan that the arguments describe, and its shape in words. Raises ValueError."""
    loop, shape = _closed(arguments) if arguments.users is not None else _open(arguments)
    made = Plan(loop, arguments.timeout, arguments.cap, arguments.drain)
    return made, shape


def _closed(arguments: argparse.Namespace) -> tuple[Closed, dict[str, Any]]:
    for option in ("shape", "rate", *_SPECIAL):
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
    name = arguments.shape or "constant"
    title = f"{name} " + ", ".join(f"{key} {told}" for key, told in settings.items())
    return loop, {"title": title, "shape": name, **settings}


Schedule = tuple[list[float], dict[str, Any]]


def schedule(arguments: argparse.Namespace) -> Schedule:
    """When requests are due, and what of the arguments says so. Raises ValueError."""
    name = arguments.shape or "constant"
    for option, shapes in _SPECIAL.items():
        if getattr(arguments, option, None) is not None and name not in shapes:
            raise ValueError(f"--{option} is for --shape {shapes[0]}, not for {name}")
    if name == "step" and arguments.rate is not None:
        raise ValueError("--rate is not for --shape step: give --rates")
    return _SCHEDULES[name](arguments)


def _rate(arguments: argparse.Namespace) -> float:
    rate = DEFAULT_RATE if arguments.rate is None else float(arguments.rate)
    _bounded(rate * arguments.duration)
    return rate


def _bounded(requests: float) -> None:
    if requests > MOST:
        raise ValueError(f"{requests:.3g} requests are more than one load may have ({MOST:,})")


def _simple(make: Callable[[float, float], list[float]]) -> Callable[..., Schedule]:
    def made(arguments: argparse.Namespace) -> Schedule:
        rate = _rate(arguments)
        return make(rate, arguments.duration), {"rate": rate}

    return made


def _spike(arguments: argparse.Namespace) -> Schedule:
    if arguments.peak is None:
        raise ValueError("--shape spike needs --peak, the rate of its middle fifth")
    rate = _rate(arguments)
    _bounded(arguments.peak * arguments.duration / 5)
    due = schedules.spike(rate, arguments.peak, arguments.duration)
    return due, {"rate": rate, "peak": arguments.peak}


def _step(arguments: argparse.Namespace) -> Schedule:
    if arguments.rates is None:
        raise ValueError("--shape step needs --rates, such as 10,20,40")
    rates = [quantities.number(part) for part in arguments.rates.split(",")]
    _bounded(max(rates) * arguments.duration)
    return schedules.step(rates, arguments.duration), {"rates": rates}


def _poisson(arguments: argparse.Namespace) -> Schedule:
    rate, seed = _rate(arguments), arguments.seed or 0
    return schedules.poisson(rate, arguments.duration, seed), {"rate": rate, "seed": seed}


_SCHEDULES: dict[str, Callable[[argparse.Namespace], Schedule]] = {
    "constant": _simple(schedules.constant),
    "ramp-up": _simple(schedules.ramp_up),
    "spike": _spike,
    "step": _step,
    "poisson": _poisson,
}
