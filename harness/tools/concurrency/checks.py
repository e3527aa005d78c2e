"""The checks: each puts one kind of trouble to a runtime and reports what came of it.

A check is called with a runtime, an entry point ("threads" or "asyncio"), runs at the same time
and the options of `check.Trial`, and returns a `check.Report`.
"""

import asyncio
import random
import time
from collections import Counter

from harness.common.numbers import number, quantity
from harness.common.stats import percentile
from harness.instruments import virtual_clock
from harness.instruments.arrivals import drivers
from harness.tools.concurrency.check import Check, Trial, check
from harness.tools.concurrency.interleaving import Shake, lines_of, switching
from harness.tools.concurrency.script import CountingModel, Held, ShakenModel, wrong_runs
from harness.tools.concurrency.simultaneous import Outcome, arun, in_loop
from harness.workload.model import Model
from harness.workload.script import Constant, Lognormal, Script, prompt_of

LATENCY = 0.05
"""Seconds that a model call takes, so that runs overlap."""

START = 5e-4
"""Seconds in which one more thread surely starts."""

MIXED_ROUNDS = (0, 1, 3)
"""Tool rounds of mixed runs."""

ALIKE = 1.01
"""Slowest over fastest that is still alike on a virtual clock, which ticks in microseconds."""


@check("at once")
def at_once(trial: Trial) -> str:
    """Different requests to one agent at the same moment: each gets its own reply."""
    # Long enough for the last to begin before the first has ended.
    model = CountingModel(Script(latency=Constant(max(LATENCY, trial.at_once * START))))
    trial.ask(trial.runtime.agent(model), model, range(trial.at_once))
    return f"{model.peak} model calls at the same time"


one_run = Check("one run", at_once.look, 1)


@check("mixed inputs")
def mixed_inputs(trial: Trial) -> str:
    """Short and long runs, fast and slow models and repeated requests, all at once.

    One agent for each number of tool rounds; latencies are lognormal, so runs end in another
    order than they began.
    """
    draw, slots = random.Random(trial.seed), range(trial.at_once)
    latency = Lognormal(LATENCY / 10, 1.0, trial.seed)
    models = [CountingModel(Script(rounds, latency)) for rounds in MIXED_ROUNDS]
    agents = [trial.runtime.agent(model) for model in models]
    kinds = [draw.randrange(len(models)) for _ in slots]
    requests = [draw.randrange(trial.at_once) for _ in slots]
    outcomes = trial.outcomes([agents[kind] for kind in kinds], list(map(prompt_of, requests)))
    for kind, model in enumerate(models):
        mine = [slot for slot in slots if kinds[slot] == kind]
        asked, got = [requests[slot] for slot in mine], [outcomes[slot] for slot in mine]
        trial.wrong += wrong_runs(model, asked, got)
    repeated = sum(runs for runs in Counter(requests).values() if runs > 1)
    rounds = ", ".join(map(str, MIXED_ROUNDS))
    return f"{rounds} tool rounds mixed; {repeated} runs of repeated requests"


@check("partial failures")
def partial_failures(trial: Trial) -> str:
    """The model fails for one request in five: these runs fail, each with its own error.

    All others get their own replies, and the same agent then serves all others again.
    """
    draw, requests = random.Random(trial.seed), range(trial.at_once)
    failing = draw.sample(requests, max(1, trial.at_once // 5))
    fail_at = frozenset((request, draw.randrange(2)) for request in failing)
    model = CountingModel(Script(1, Constant(LATENCY / 5), fail_at))
    agent = trial.runtime.agent(model)
    trial.ask(agent, model, requests, failing=set(failing))
    healthy = [request for request in requests if request not in failing]
    trial.ask(agent, model, healthy, when="afterwards: ")
    return f"{len(failing)} scripted failures"


@check("latency consistency")
def latency_consistency(trial: Trial) -> str:
    """Equal requests at once: their latencies on a virtual clock must be equal.

    Where waiting cannot be simulated (threads, or no virtual clock here) the spread of real time
    is reported, without a verdict: it is the machine's as much as the agent's.
    """
    script, requests = Script(latency=Constant(LATENCY)), range(trial.at_once)
    agent = trial.runtime.agent(Model(script))

    async def simulated() -> drivers.Batch:
        clock = asyncio.get_running_loop().time
        return await drivers.aconcurrent(agent, script, requests, clock=clock)

    trial.runs, clock = trial.at_once, "on a virtual clock"
    try:
        if trial.entry == "threads":
            raise NotImplementedError("threads wait in it")
        batch = virtual_clock.run(simulated())
    except NotImplementedError as reason:
        agent = trial.runtime.agent(Model(script))
        batch = drivers.concurrent(agent, script, trial.entry, requests)
        trial.judged, clock = False, f"in real time, because {reason}"
    if batch.failures:
        trial.wrong += [f"{type(error).__name__}: {error}" for error in batch.failures]
        return clock
    took = batch.latencies
    ratio = max(took) / min(took)
    quartiles = percentile(took, 75) - percentile(took, 25)
    share = quantity(quartiles / percentile(took, 50), "share")
    text = f"slowest over fastest {number(ratio)}, interquartile range {share} of median"
    if trial.judged and ratio > ALIKE:
        trial.wrong.append(text)
    return f"{text}, {clock}"


@check("shared agent", at_once=8)
def shared_agent(trial: Trial) -> str:
    """Race hunt: runs of one agent, interleaved in up to `interleavings` random ways.

    Stops at the first interleaving in which a run goes wrong, or `budget` seconds after the start.
    """
    script, lines, count = Script(tool_rounds=1), 1, trial.at_once
    if trial.entry == "threads":
        lines = lines_of(lambda: trial.runtime.agent(CountingModel(script)).run(prompt_of(0)))
    give_up = time.monotonic() + trial.budget
    for done in range(max(1, trial.interleavings)):
        shake = Shake(trial.seed + done, lines)
        model = ShakenModel(script, shake)
        requests = range(done * count, (done + 1) * count)
        with switching():
            trial.ask(trial.runtime.agent(model), model, requests, shake)
        if trial.wrong:
            return f"found in interleaving {done + 1}"
        if time.monotonic() >= give_up:
            break
    return f"{done + 1} interleavings"


@check("error isolation", at_once=20)
def error_isolation(trial: Trial) -> str:
    """Every other run is nonsense that the model refuses; its neighbours must not notice."""
    model = CountingModel(Script(latency=Constant(LATENCY / 5)))
    agent = trial.runtime.agent(model)
    prompts = [prompt_of(i) if i % 2 else f"nonsense {i}" for i in range(trial.at_once)]
    outcomes = trial.outcomes([agent] * len(prompts), prompts)
    trial.wrong += [
        f"{prompts[slot]!r} should have been refused, and ended with {outcomes[slot]!r}"
        for slot in range(0, trial.at_once, 2)
        if not isinstance(outcomes[slot], Exception)
    ]
    healthy = range(1, trial.at_once, 2)
    trial.wrong += wrong_runs(model, healthy, outcomes[1::2])
    trial.ask(agent, model, healthy, when="afterwards: ")
    return f"{trial.at_once - len(healthy)} refused runs"


@check("cancellation", at_once=20)
def cancellation(trial: Trial) -> str:
    """Every fifth run is cancelled while its model is thinking; the others get their replies."""
    if trial.entry == "threads":
        raise NotImplementedError("a thread cannot be cancelled")
    held = frozenset(range(0, trial.at_once, 5))
    model = CountingModel(Script(latency=Held(LATENCY, held)))
    agent = trial.runtime.agent(model)

    async def cancel_held() -> list[Outcome]:
        runs = [arun(agent, prompt_of(i), trial.limit) for i in range(trial.at_once)]
        tasks = list(map(asyncio.ensure_future, runs))
        give_up = time.monotonic() + trial.limit
        while time.monotonic() < give_up and not all(
            model.asked[request, 0] or tasks[request].done() for request in held
        ):
            await asyncio.sleep(0.001)
        for request in held:
            tasks[request].cancel()
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    trial.runs = trial.at_once
    outcomes = in_loop(cancel_held, trial.at_once, 2 * trial.limit)
    trial.wrong += [
        f"request {request}: cancelled, and ended with {outcomes[request]!r}"
        for request in sorted(held)
        if not isinstance(outcomes[request], asyncio.CancelledError)
    ]
    others = [request for request in range(trial.at_once) if request not in held]
    trial.wrong += wrong_runs(model, others, [outcomes[request] for request in others])
    return f"{len(held)} cancelled runs"
