"""A real release of a framework in an environment of its own, and what its runtime does there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from places import ROOT

# Run inside the environment; `runtime` and `found` are for the part that a test adds to it.
PROBE = r"""
import asyncio, concurrent.futures, dataclasses, json, sys, warnings
from harness.workload.dag import SHAPES, shape
from harness.workload.model import Model
from harness.runtimes import load
from harness.workload.script import Script, prompt_of
from harness.measures.servers import served

addresses = []
sys.addaudithook(
    lambda event, args: addresses.append(str(args[-1])) if event == "socket.connect" else None
)
runtime = load(sys.argv[1])
tops = {module.partition(".")[0] for module in runtime.imports}
found = {"lazy": not tops & set(sys.modules)}
runtime.load()
adapter = sys.modules[type(runtime.agent(Model())).__module__]  # where its tool is
found["version"] = runtime.version()


def failure_of(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return ""


def replies(rounds):
    model = Model(Script(tool_rounds=rounds))
    agent = runtime.agent(model)
    texts = [agent.run(prompt_of(3)), agent.run(prompt_of(4))]
    after_sync = model.requests
    texts.append(asyncio.run(agent.arun(prompt_of(5))))
    return {"texts": texts, "sync": after_sync, "all": model.requests}


found["replies"] = {rounds: replies(rounds) for rounds in (0, 2, 12)}

failing = runtime.agent(Model(Script(tool_rounds=1, fail_at=frozenset({(7, 1)}))))
found["failure"] = [
    failure_of(lambda: failing.run(prompt_of(7))),
    failure_of(lambda: asyncio.run(failing.arun(prompt_of(7)))),
    failure_of(lambda: failing.run("tell me a joke")),
    failing.run(prompt_of(8)),
]


async def together(agent, n):
    return await asyncio.gather(*(agent.arun(prompt_of(i)) for i in range(n)))


busy = Model(Script(tool_rounds=1))
found["together"] = asyncio.run(together(runtime.agent(busy), 50))
found["together_requests"] = busy.requests


async def pieces(agent, n):
    return [piece async for piece in agent.astream(prompt_of(n))]


def streams(model):
    agent = runtime.agent(model)

    async def both():
        return await asyncio.gather(pieces(agent, 1), pieces(agent, 2))

    return {"pieces": asyncio.run(both()), "requests": model.requests}


def over_http(script):
    with served(script) as model:
        agent = runtime.agent(model)

        async def several():
            return [await agent.arun(prompt_of(3)), *await together(agent, 10)]

        texts = asyncio.run(several())
        after = model.requests
        agent = runtime.agent(model)  # a client keeps its connections on one event loop
        texts += [agent.run(prompt_of(4)), agent.run(prompt_of(5))]
        return {"texts": texts, "async": after, "all": model.requests}


def http_failure():
    with served(Script(fail_at=frozenset({(7, 0)}))) as model:
        agent = runtime.agent(model)
        failed = failure_of(lambda: agent.run(prompt_of(7)))
        return [failed, model.requests, agent.run(prompt_of(8))]


found["stream"] = streams(Model(Script(tool_rounds=1, chunks=3)))
found["http"] = over_http(Script(tool_rounds=2))
with served(Script(tool_rounds=1, chunks=3)) as remote:
    found["http_stream"] = streams(remote)
found["http_failure"] = http_failure()


# Spans after one traced run, after two, and after one more with tracing off again.
def observed(times):
    agent = runtime.agent(Model(Script(tool_rounds=1)))
    seen = []
    for _ in range(times):
        with runtime.observed() as sink:
            sink.clear()
            agent.run(prompt_of(1))
            seen.append(len(sink))
            agent.run(prompt_of(1))
            seen.append(len(sink))
        agent.run(prompt_of(1))
        seen.append(len(sink))
    return seen


found["spans"] = observed(2)


def run(name):
    dag = shape(name)
    model = Model(dag.script())
    try:
        workflow = runtime.workflow(dag, model)
    except NotImplementedError as error:
        return {"na": str(error)}
    runs = [workflow.run(), asyncio.run(workflow.arun()), workflow.run()]
    return {"right": all(r == dag.expected() for r in runs), "requests": model.requests}


found["shapes"] = {name: run(name) for name in SHAPES}

if "na" not in found["shapes"]["diamond"]:
    dag = shape("diamond")
    script = dataclasses.replace(dag.script(), fail_at=frozenset({(1, 0)}))
    broken = runtime.workflow(dag, Model(script))
    wrong = runtime.workflow(dag, Model(shape("chain").script()))
    found["workflow_failure"] = [
        failure_of(broken.run), failure_of(lambda: asyncio.run(broken.arun()))
    ]
    found["workflow_wrong"] = failure_of(wrong.run)

shared = runtime.agent(Model(Script(tool_rounds=1)))
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    found["threads"] = list(pool.map(lambda i: shared.run(prompt_of(i)), range(20)))


async def inside():
    return failure_of(lambda: shared.run(prompt_of(1)))


def lookup(key: int) -> str:
    return "something else"


right, adapter.lookup = adapter.lookup, lookup
found["wrong_tool"] = failure_of(lambda: runtime.agent(Model(Script(1))).run(prompt_of(1)))
adapter.lookup = right
EXTRA
warnings.simplefilter("ignore")
found["sync_in_loop"] = asyncio.run(inside())
found["addresses"] = addresses
print(json.dumps(found))
"""


def probe(
    folder: pytest.TempPathFactory,
    runtime: str,
    pin: str,
    as_of: str,
    extra: str = "",
    beside: tuple[str, ...] = (),
) -> dict[str, Any]:
    """What PROBE, with `extra` in it, found about `runtime` on the release `pin`.

    as_of: dependencies are those of that moment, as users got them. beside: more packages.
    """
    env = folder.mktemp(runtime) / "env"
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, str(env)], check=True)
    python = env / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted = [pin, "psutil", *beside, "--exclude-newer", as_of]
    subprocess.run([*uv, "pip", "install", "-q", "--python", str(python), *wanted], check=True)
    done = subprocess.run(
        [str(python), "-c", PROBE.replace("EXTRA", extra), runtime],
        env=os.environ | {"PYTHONPATH": str(ROOT), "HARNESS_PYTHON": sys.executable},
        cwd=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    # A framework may print, too; the findings are the last line.
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def right_replies(found: dict[str, Any]) -> bool:
    """Whether all replies were right and the model was asked as often as its script says."""
    return found["replies"] == {
        str(rounds): {
            "texts": ["reply 3", "reply 4", "reply 5"],
            "sync": 2 * (rounds + 1),
            "all": 3 * (rounds + 1),
        }
        for rounds in (0, 2, 12)
    }


def own_replies(found: dict[str, Any]) -> bool:
    """Whether concurrent runs, on the loop and in threads, each got their own reply."""
    return (
        found["together"] == [f"reply {i}" for i in range(50)]
        and found["together_requests"] == 100
        and found["threads"] == [f"reply {i}" for i in range(20)]
    )


def right_streams(found: dict[str, Any]) -> bool:
    """Whether all pieces of streamed runs came, in order, in process and over HTTP."""
    pieces = [[f"reply {i}", " 1", " 2"] for i in (1, 2)]
    return found["stream"] == found["http_stream"] == {"pieces": pieces, "requests": 4}


def right_over_http(found: dict[str, Any]) -> bool:
    """Whether runs over HTTP replied as in process, and a failed one was not tried again."""
    numbers = [3, *range(10), 4, 5]
    return (
        found["http"] == {"texts": [f"reply {i}" for i in numbers], "async": 33, "all": 39}
        and found["http_failure"][0] not in ("", "NotImplementedError")
        and found["http_failure"][1:] == [1, "reply 8"]
    )


def spans_of_a_run(found: dict[str, Any]) -> int:
    """Spans of one run with one tool round; 0 unless every run left as many, and untraced none."""
    once = int(found["spans"][0])
    return once if found["spans"] == [once, 2 * once, 2 * once] * 2 else 0


def only_here(found: dict[str, Any]) -> bool:
    """Whether nothing was connected to but this machine: servers of our own."""
    return all(address.startswith("('127.0.0.1'") for address in found["addresses"])
