"""The checks: each puts one kind of trouble to a runtime and reports what came of it.

All take a runtime and an entry point ("threads" or "asyncio") and return a Report. A check raises
NotImplementedError where the runtime cannot do what it needs.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence

from harness.runtimes.base import Agent, Runtime
from harness.tools.concurrency.faults import wrong_runs
from harness.tools.concurrency.report import Report, judged
from harness.tools.concurrency.shake import Shake, lines_of, switching
from harness.tools.concurrency.together import LIMIT, together
from harness.tools.concurrency.watched import WatchedModel
from harness.workload.script import Constant, Lognormal, Script, prompt_of

LATENCY = 0.05
"""Seconds that a model call takes, so that runs overlap."""

START = 2e-4
"""Seconds in which one more thread surely starts."""

MIXED_ROUNDS = (0, 1, 3)
"""Tool rounds of mixed runs."""


def _prompts(requests: Sequence[int]) -> list[str]:
    return [prompt_of(request) for request in requests]


def at_once(runtime: Runtime, entry: str, count: int, limit: float = LIMIT) -> Report:
    """`count` different requests to one agent at the same moment: each gets its own reply."""
    # Long enough for the last to begin before the first has ended.
    model = WatchedModel(Script(latency=Constant(max(LATENCY, count * START))))
    requests = range(count)
    outcomes = together(runtime.agent(model), entry, _prompts(requests), limit=limit)
    wrong = wrong_runs(model.script, requests, outcomes, model.asked)
    note = f"{model.peak} model calls at the same time"
    return judged("at once", entry, count, count, wrong, note)


def mixed_inputs(
    runtime: Runtime, entry: str, count: int, seed: int = 0, limit: float = LIMIT
) -> Report:
    """Short and long runs, fast and slow models and repeated requests, all at once.

    One agent for each number of tool rounds; latencies are lognormal, so runs end in another
    order than they began.
    """
    draw = random.Random(seed)
    scripts = [Script(rounds, Lognormal(LATENCY / 10, 1.0, seed)) for rounds in MIXED_ROUNDS]
    models = [WatchedModel(script) for script in scripts]
    agents = [runtime.agent(model) for model in models]
    kinds = [draw.randrange(len(models)) for _ in range(count)]
    requests = [draw.randrange(count) for _ in range(count)]
    outcomes = together([agents[k] for k in kinds], entry, _prompts(requests), limit=limit)
    wrong: list[str] = []
    for kind, model in enumerate(models):
        mine = [slot for slot in range(count) if kinds[slot] == kind]
        asked, got = [requests[slot] for slot in mine], [outcomes[slot] for slot in mine]
        wrong += wrong_runs(model.script, asked, got, model.asked)
    repeated = sum(runs for runs in Counter(requests).values() if runs > 1)
    rounds = ", ".join(map(str, MIXED_ROUNDS))
    note = f"{rounds} tool rounds mixed; {repeated} runs of repeated requests"
    return judged("mixed inputs", entry, count, count, wrong, note)


def shared_agent(
    runtime: Runtime,
    entry: str,
    interleavings: int = 40,
    count: int = 8,
    seed: int = 0,
    budget: float = 20.0,
    limit: float = LIMIT,
) -> Report:
    """Race hunt: `count` runs of one agent, interleaved in up to `interleavings` random ways.

    Stops at the first interleaving in which a run goes wrong, or `budget` seconds after the start.
    """
    script = Script(tool_rounds=1)
    lines = 1
    if entry == "threads":
        lines = lines_of(lambda: runtime.agent(WatchedModel(script)).run(prompt_of(0)))
    begin, done = time.monotonic(), 0
    wrong: list[str] = []
    while not wrong and done < interleavings and (not done or time.monotonic() < begin + budget):
        shake = Shake(seed + done, lines)
        model = WatchedModel(script, shake)
        requests = range(done * count, (done + 1) * count)
        with switching():
            outcomes = together(runtime.agent(model), entry, _prompts(requests), shake, limit)
        wrong = wrong_runs(script, requests, outcomes, model.asked)
        done += 1
    note = f"{done} interleavings" if not wrong else f"found in interleaving {done}"
    return judged("shared agent", entry, count, done * count, wrong, note)


def _scripted_failures(count: int, rounds: int, seed: int) -> frozenset[tuple[int, int]]:
    """One request in five, but at least one, and the round at which its model fails."""
    draw = random.Random(seed)
    failing = draw.sample(range(count), max(1, count // 5))
    return frozenset((request, draw.randrange(rounds + 1)) for request in failing)


def partial_failures(
    runtime: Runtime, entry: str, count: int, seed: int = 0, limit: float = LIMIT
) -> Report:
    """The model fails for one request in five: these runs fail, each with its own error.

    All others get their own replies, and the same agent then serves all others again.
    """
    script = Script(1, Constant(LATENCY / 5), _scripted_failures(count, 1, seed))
    failing = frozenset(request for request, _ in script.fail_at)
    model = WatchedModel(script)
    agent = runtime.agent(model)
    outcomes = together(agent, entry, _prompts(range(count)), limit=limit)
    wrong = wrong_runs(script, range(count), outcomes, model.asked, failing)
    healthy = [request for request in range(count) if request not in failing]
    wrong += _served_after(agent, entry, script, healthy, limit)
    note = f"{len(failing)} scripted failures"
    return judged("partial failures", entry, count, count + len(healthy), wrong, note)


def _served_after(
    agent: Agent, entry: str, script: Script, requests: Sequence[int], limit: float
) -> list[str]:
    outcomes = together(agent, entry, _prompts(requests), limit=limit)
    return [f"afterwards: {line}" for line in wrong_runs(script, requests, outcomes)]


def error_isolation(runtime: Runtime, entry: str, count: int = 20, limit: float = LIMIT) -> Report:
    """Every other run is nonsense that the model refuses; its neighbours must not notice."""
    script = Script(latency=Constant(LATENCY / 5))
    agent = runtime.agent(WatchedModel(script))
    prompts = [prompt_of(i) if i % 2 else f"nonsense {i}" for i in range(count)]
    outcomes = together(agent, entry, prompts, limit=limit)
    wrong = [
        f"{prompts[slot]!r} should have been refused, and ended with {outcomes[slot]!r}"
        for slot in range(0, count, 2)
        if not isinstance(outcomes[slot], Exception)
    ]
    healthy = range(1, count, 2)
    wrong += wrong_runs(script, healthy, outcomes[1::2])
    wrong += _served_after(agent, entry, script, healthy, limit)
    note = f"{count - len(healthy)} refused runs"
    return judged("error isolation", entry, count, count + len(healthy), wrong, note)
