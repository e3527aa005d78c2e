"""What one version of the planted package does when its code is run directly.

`python planted_probe.py PACKAGE_DIR HARNESS_DIR FACT...` prints these facts as JSON; nothing of the
suite's measures is used, so that the defects are known to be there before the suite looks for them.
"""

import asyncio
import dataclasses  # noqa: F401  # what Python itself costs to import is not the package's
import gc
import inspect
import json
import sys
import threading
import time
import tracemalloc

sys.path[:0] = sys.argv[1:3]
calls = 0


def hook(frame, event, arg):
    global calls
    calls += event == "call"


sys.setprofile(hook)
import plantedagents  # noqa: E402

sys.setprofile(None)
threads = threading.active_count() - 1

import async_solipsism  # noqa: E402
import psutil  # noqa: E402

from harness.workload import dag  # noqa: E402
from harness.workload.model import Model  # noqa: E402
from harness.workload.script import Constant, Script  # noqa: E402
from studies.planted.adapter import PlantedRuntime  # noqa: E402

RUNTIME = PlantedRuntime()
PROMPT = "request 1"


def agent(latency=0.0, rounds=0, **more):
    """An agent on a model of its own."""
    return RUNTIME.agent(Model(Script(tool_rounds=rounds, latency=Constant(latency), **more)))


def lines(work):
    """Lines of Python that `work`, a function or coroutine function, executes."""
    seen = 0

    def tracer(frame, event, arg):
        nonlocal seen
        seen += event == "line"
        return tracer

    async def awaited():
        sys.settrace(tracer)
        await work()
        sys.settrace(None)

    if inspect.iscoroutinefunction(work):
        virtual(awaited)
    else:
        sys.settrace(tracer)
        work()
        sys.settrace(None)
    return seen


def virtual(make):
    """Seconds on a virtual clock, and the result."""
    loop = async_solipsism.EventLoop()
    try:
        begin = loop.time()
        result = loop.run_until_complete(make())
        return loop.time() - begin, result
    finally:
        loop.close()


def executed():
    """Lines of a run and of a build."""
    result = {"build": lines(agent)}
    for rounds in (0, 3):
        one = agent(rounds=rounds)

        async def arun(one=one):
            await one.arun(PROMPT)

        result[f"run, {rounds} rounds"] = lines(lambda one=one: one.run(PROMPT))
        result[f"arun, {rounds} rounds"] = lines(arun)
    return result


def made(run):
    """Failures and model requests of 200 runs of one agent."""
    model = Model(Script())
    one = RUNTIME.agent(model)
    failed = 0
    for _ in range(200):
        try:
            run(one)
        except plantedagents.RunError:
            failed += 1
    return [failed, model.requests]


def left():
    """Threads and descriptors after building five agents and 20 runs, ten by each entry."""
    process = psutil.Process()
    threads, descriptors = threading.active_count(), process.num_fds()
    kept = [agent() for _ in range(5)]
    for _ in range(10):
        kept[0].run(PROMPT)
        virtual(lambda: kept[1].arun(PROMPT))
    return [threading.active_count() - threads, process.num_fds() - descriptors]


def outlives():
    """Agents that are alive when five were run and let go."""
    for _ in range(5):
        agent().run(PROMPT)
    gc.collect()
    return sum(type(each) is plantedagents.Agent for each in gc.get_objects())


def timers():
    """Timers of a loop on which two runs are over."""

    async def runs():
        for _ in range(2):
            await agent().arun(PROMPT)
        return len(asyncio.get_running_loop()._scheduled)

    return virtual(runs)[1]


def held():
    """Bytes that an agent holds, and that each run leaves."""
    tracemalloc.start()
    kept = [agent() for _ in range(5)]
    built = tracemalloc.get_traced_memory()[0] / 5
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(49):
        kept[0].run(PROMPT)
    gc.collect()
    run = (tracemalloc.get_traced_memory()[0] - before) / 49
    tracemalloc.stop()
    return [built, run]


def schedule(shape):
    """Makespan of a workflow over its critical path."""
    graph = dag.shape(shape, 0.2)
    workflow = RUNTIME.workflow(graph, Model(graph.script()))
    took, outputs = virtual(workflow.arun)
    assert outputs == graph.expected()
    return took / graph.ideal_makespan


def burst():
    """Makespan of 40 runs at once over that of one."""
    one = agent(0.2)

    async def together():
        return await asyncio.gather(*(one.arun(f"request {i}") for i in range(40)))

    return virtual(together)[0] / 0.2


def conversation():
    """Lines of a run after 10 and after 100 exchanges."""
    return [lines(lambda n=n: agent(history=n).run(PROMPT)) for n in (10, 100)]


def fifty():
    """Of 50 runs without model latency: virtual seconds, and the longest one's real seconds."""
    one = agent()

    async def all_of_them():
        longest = 0.0
        for _ in range(50):
            begin = time.perf_counter()
            await one.arun(PROMPT)
            longest = max(longest, time.perf_counter() - begin)
        return longest

    return virtual(all_of_them)


def sync_seconds():
    """Real seconds of 50 runs without model latency by the synchronous entry."""
    one = agent()
    begin = time.perf_counter()
    for _ in range(50):
        one.run(PROMPT)
    return time.perf_counter() - begin


FACTS = {
    "import calls": lambda: calls,
    "lines": executed,
    "run": lambda: made(lambda one: one.run(PROMPT)),
    "arun": lambda: made(lambda one: virtual(lambda: one.arun(PROMPT))),
    "left": left,
    "held": held,
    "outlives": outlives,
    "timers": timers,
    "import threads": lambda: threads,
    "diamond": lambda: schedule("diamond"),
    "unbalanced": lambda: schedule("unbalanced"),
    "burst": burst,
    "tools": lambda: virtual(lambda: agent(0.0, 1, calls=5, atool_seconds=1.0).arun(PROMPT))[0],
    "conversation": conversation,
    "fifty": fifty,
    "sync seconds": sync_seconds,
}
print(json.dumps({name: FACTS[name]() for name in sys.argv[3:]}))
