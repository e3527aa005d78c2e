"""What every runtime keeps to, run where its framework is installed: `contract.py NAME [JSON]`.

Prints the checks by name, as JSON: "ok", "n/a: " and the reason, or what was wrong. The argument
is the "harness" object of the target's configuration.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import itertools
import json
import sys
import warnings
from collections.abc import Callable

import contract_extras
from contract_parts import FAILURES, asked, at_once, both_streams, fails, pieces, same, together

from harness.instruments.work import agent_on
from harness.measures.servers import served
from harness.runtimes import kit, load
from harness.runtimes.base import Agent, Runtime
from harness.workload.dag import SHAPES, shape
from harness.workload.model import Model
from harness.workload.script import Script, prompt_of, reply_of

ENTRIES = ("threads", "asyncio")
MORE = {
    "calls": Script(tool_rounds=2, calls=3),
    "offered": Script(tool_rounds=1, offered=5),
    "history": Script(tool_rounds=1, history=3),
}
PIECES = [[reply_of(i), " 1", " 2"] for i in (1, 2)]


def right(runtime: Runtime, entry: str, model: Model) -> None:
    agent = agent_on(runtime, model)
    if model.url and entry == "asyncio":  # a client keeps its connections on one event loop
        got = asyncio.run(together(agent, 2))
    else:
        got = [asked(agent, entry, i) for i in range(2)]
    same(got, [reply_of(0), reply_of(1)])
    same(model.requests, 2 * model.script.calls_per_run)


def replies(runtime: Runtime, entry: str) -> None:
    """Every reply is right and the model was asked as often as its script says."""
    for rounds in (0, 2, 12):
        right(runtime, entry, Model(Script(tool_rounds=rounds)))


def more(runtime: Runtime, entry: str, script: Script) -> None:
    """The same for a script that asks for more, also streamed."""
    right(runtime, entry, Model(script))
    if entry == "asyncio":
        with contextlib.suppress(NotImplementedError):
            same(asyncio.run(pieces(runtime.agent(Model(script)), 3)), [reply_of(3)])


def http_more(runtime: Runtime, entry: str, script: Script) -> None:
    """The same over HTTP."""
    with served(script) as model:
        right(runtime, entry, model)


def failure(runtime: Runtime, entry: str) -> None:
    """A failure within a run is one, as is a strange prompt, and the agent goes on."""
    agent = runtime.agent(Model(Script(tool_rounds=1, fail_at=frozenset({(7, 1)}))))
    asked(agent, entry, 8)
    fails(lambda: asked(agent, entry, 7))
    fails(lambda: agent.run("a joke") if entry == "threads" else asyncio.run(agent.arun("a joke")))
    same(asked(agent, entry, 8), reply_of(8))


def concurrency(runtime: Runtime, entry: str) -> None:
    """Concurrent runs of one agent each get their own reply."""
    model = Model(Script(tool_rounds=1))
    same(at_once(runtime.agent(model), entry, 50), [reply_of(i) for i in range(50)])
    same(model.requests, 100)


def wrong_tool(runtime: Runtime, entry: str) -> None:
    """Each entry has its own tool, and one that returns something else fails the run."""
    if not isinstance(runtime.agent(Model()), kit.ChatAgent):
        raise NotImplementedError("it calls the tool itself")
    right, called = (kit.chat.lookup, kit.chat.alookup), set()

    def lookup(key: int) -> str:
        """Not the tool."""
        called.add("threads")
        return "something else"

    async def alookup(key: int) -> str:
        """Not the tool."""
        called.add("asyncio")
        return "something else"

    alookup.__name__ = "lookup"
    kit.chat.lookup, kit.chat.alookup = lookup, alookup
    try:
        fails(lambda: asked(runtime.agent(Model(Script(1))), entry, 1))
        with served(Script(1)) as remote, contextlib.suppress(NotImplementedError):
            fails(lambda: asked(runtime.agent(remote), entry, 1))
    finally:
        kit.chat.lookup, kit.chat.alookup = right
    same(called, {entry})


def http(runtime: Runtime, entry: str) -> None:
    """Over HTTP the replies are the same, also at once, and nothing is asked twice."""
    with served(Script(tool_rounds=2, fail_at=frozenset({(50, 0)}))) as model:
        agent = runtime.agent(model)
        if entry == "threads":
            same([asked(agent, entry, i) for i in range(11)], [reply_of(i) for i in range(11)])
        else:
            same(asyncio.run(together(agent, 11)), [reply_of(i) for i in range(11)])
        same(model.requests, 33)
        agent = runtime.agent(model)  # a client keeps its connections on one event loop
        fails(lambda: asked(agent, entry, 50), (Exception,))
        same(model.requests, 34)


def streams(runtime: Runtime) -> None:
    """Every piece is handed on, in order, of runs that overlap."""
    model = Model(Script(tool_rounds=1, chunks=3))
    same(asyncio.run(both_streams(runtime.agent(model))), PIECES)
    same(model.requests, 4)


def http_streams(runtime: Runtime) -> None:
    """The same over HTTP."""
    with served(Script(tool_rounds=1, chunks=3, calls=2)) as model:
        same(asyncio.run(both_streams(runtime.agent(model))), PIECES)
        same(model.requests, 4)


def tracing(runtime: Runtime, spans: int) -> None:
    """A traced run with a tool round leaves as many spans each time, an untraced one none."""
    agent = runtime.agent(Model(Script(tool_rounds=1)))
    entry = "asyncio" if type(agent).run is Agent.run else "threads"
    asked(agent, entry, 1)  # some make their agent now
    for _ in range(2):
        seen = []
        with runtime.observed() as sink:
            sink.clear()
            for _ in range(2):
                asked(agent, entry, 1)
                seen.append(len(sink))
        asked(agent, entry, 1)
        same([*seen, len(sink)], [spans, 2 * spans, 2 * spans])


def workflow(runtime: Runtime, name: str, entry: str) -> None:
    """Every step runs once, each time, with its inputs."""
    dag = shape(name)
    model = Model(dag.script())
    made = runtime.workflow(dag, model)
    for _ in range(2):
        same(made.run() if entry == "threads" else asyncio.run(made.arun()), dag.expected())
    same(model.requests, 2 * len(dag.steps))


def broken_workflow(runtime: Runtime, entry: str) -> None:
    """A step that fails, or that is given other inputs, fails the workflow."""
    dag = shape("diamond")
    failing = dataclasses.replace(dag.script(), fail_at=frozenset({(1, 0)}))
    for script in (failing, shape("chain").script()):
        made = runtime.workflow(dag, Model(script))
        run = made.run if entry == "threads" else lambda made=made: asyncio.run(made.arun())
        fails(run, (*FAILURES, ExceptionGroup))


def plain_run_in_a_loop(runtime: Runtime) -> None:
    """A synchronous run inside a running event loop works, or is refused by the framework."""
    agent = runtime.agent(Model(Script(tool_rounds=1)))

    async def inside() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                same(agent.run(prompt_of(1)), reply_of(1))
            except FAILURES:
                raise
            except RuntimeError:
                pass

    asyncio.run(inside())


def checks(name: str, section: dict[str, object]) -> dict[str, Callable[[Runtime], None]]:
    """The checks of a runtime, by name."""
    found: dict[str, Callable[[Runtime], None]] = {
        "streams": streams,
        "http streams": http_streams,
        "tracing": functools.partial(tracing, spans=section.get("spans", 0)),
        "plain run in a loop": plain_run_in_a_loop,
    }
    for entry in ENTRIES:
        for each in (replies, failure, concurrency, wrong_tool, http, broken_workflow):
            label = f"{each.__name__.replace('_', ' ')} {entry}"
            found[label] = functools.partial(each, entry=entry)
        for each, (what, script) in itertools.product((more, http_more), MORE.items()):
            label = f"{each.__name__} {what} {entry}".replace("more ", "").replace("_", " ")
            found[label] = functools.partial(each, entry=entry, script=script)
        for kind in SHAPES:
            made = functools.partial(workflow, name=kind, entry=entry)
            found[f"workflow {kind} {entry}"] = made
    return found | contract_extras.OF.get(name, {})


def outcome(check: Callable[[Runtime], None], runtime: Runtime) -> str:
    try:
        check(runtime)
    except NotImplementedError as error:
        return f"n/a: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "ok"


def main(name: str, section: str = "{}") -> None:
    addresses = []
    sys.addaudithook(
        lambda event, args: addresses.append(str(args[-1])) if event == "socket.connect" else None
    )
    runtime = load(name)
    tops = {module.partition(".")[0] for module in runtime.imports if runtime.package}
    result = {"imported when loaded": sorted(tops & set(sys.modules))}
    runtime.load()
    result["version"] = runtime.version()
    for label, check in checks(name, json.loads(section)).items():
        result[label] = outcome(check, runtime)
    result["connected elsewhere"] = [a for a in addresses if not a.startswith("('127.0.0.1'")]
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
