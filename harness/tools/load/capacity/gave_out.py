"""What gave out first, where the rate became too high: judged by the steps that missed there."""

from typing import Any

from harness.common.numbers import number, quantity
from harness.instruments.arrivals.kinds import GIVEN_UP
from harness.tools.load.capacity import search
from harness.tools.load.capacity.find import Found
from harness.tools.load.capacity.step import BUSY, Step
from harness.tools.load.judge import MACHINE

NEAR = 1.1
"""Up to so many times the rate that missed, a queue that grows is the same one."""


def gave_out(found: Found) -> dict[str, Any] | None:
    """What did, {"what": one of a few words, "text": in words}; None if no step missed.

    what: "errors", "cpu" (of a process), "cap" (our own limit in flight), "machine" (CPU of all
    cores), "concurrency" (a queue grows though nobody's CPU is used up), "latency" (it is too
    long and no queue grows), "generator" (it could not send more).
    """
    above = found.edge.above
    here = [step for step in found.steps if step.rate == above]
    if not here:
        return None
    missed = [step for step in here if step.verdict == "missed"]
    if not missed:
        return _said("generator", f"the generator, not the target: {'; '.join(here[-1].why)}")
    step = max(missed, key=lambda each: each.seconds)
    for test in (_errors, _cpu, _cap, _machine):
        if said := test(step):
            return said
    near = [each for each in found.steps if step.rate <= each.rate <= NEAR * step.rate]
    queued = [each for each in near if each.verdict == "missed" and each.growth]
    if not queued:
        return _latency(step)
    return _concurrency(min(queued, key=lambda each: (each.rate, -each.seconds)), found)


def _said(what: str, text: str) -> dict[str, Any]:
    return {"what": what, "text": text}


def _errors(step: Step) -> dict[str, Any] | None:
    errors = step.figures["requests.errors"]
    too_many = any(each["name"] == "errors" and not each["met"] for each in step.levels)
    kinds = [kind for kind in errors if kind not in GIVEN_UP]  # a queue makes those
    if not (too_many and kinds):
        return None
    shares = (
        f"{kind} {quantity(errors[kind] / step.figures['requests.due'], 'share')}" for kind in kinds
    )
    return _said("errors", f"errors: {', '.join(shares)} of the requests")


def _cpu(step: Step) -> dict[str, Any] | None:
    for name, percent in step.cpu.items():
        if name != "generator" and percent is not None and percent >= BUSY:
            is_shared = name == "agent" and "generator" not in step.cpu
            beside = ", the generator included" if is_shared else ""
            used = f"{quantity(percent, 'percent')} of a core{beside}"
            return _said("cpu", f"CPU of the {name}'s process: {used}")
    return None


def _cap(step: Step) -> dict[str, Any] | None:
    if not step.is_held:
        return None
    peak = number(step.figures["in_flight"])
    return _said("cap", f"the cap of {peak} requests in flight, which is the generator's (--cap)")


def _machine(step: Step) -> dict[str, Any] | None:
    busy = step.figures["usage.machine_mean"] or 0.0
    if busy <= MACHINE:
        return None
    return _said("machine", f"CPU of this machine: {quantity(busy, 'percent')} of all cores")


def _concurrency(step: Step, found: Found) -> dict[str, Any]:
    """By Little's law as many are served at once as leave per second, times what each takes."""
    light = min(
        (each for each in found.steps if each.met), key=lambda each: each.rate, default=None
    )
    alone = light.figures["latency.p50"] if light else found.alone
    served = step.figures["rates.throughput"]
    words = (
        f"a limit on concurrency, of about {number(round(max(1.0, served * alone)))} at once"
        f" ({number(search.round_rate(served))}/s of {quantity(alone, 'seconds')} each):"
        f" throughput stays, up to {number(step.figures['in_flight'])} were in flight;"
        f" {_idle(step)}"
    )
    return _said("concurrency", words)


def _latency(step: Step) -> dict[str, Any]:
    missed = ", ".join(step.why)
    return _said("latency", f"latency, though no queue grows: {missed}; {_idle(step)}")


def _idle(step: Step) -> str:
    used = {name: percent for name, percent in step.cpu.items() if name != "generator"}
    known = [
        f"the {name} used {quantity(percent, 'percent')} of a core"
        for name, percent in used.items()
        if percent is not None
    ]
    return ", ".join(known) or "what CPU the agent used is not known"
