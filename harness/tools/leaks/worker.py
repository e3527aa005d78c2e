"""One scenario in this process, which the verb has started for it."""

import asyncio
from typing import Any

from harness import runtimes
from harness.instruments.leaks.client import Client
from harness.instruments.leaks.scenarios import repeated
from harness.instruments.leaks.study import find_leak
from harness.runtimes.base import Runtime
from harness.workload.script import Script, prompt_of


def perform(runtime: str, scenario: str, entry: str, runs: int) -> dict[str, Any]:
    """The version of the framework, the verdict, and what was found as data and as text."""
    loaded = runtimes.load(runtime)
    loaded.load()
    if (scenario, entry) == ("client", "asyncio"):
        asyncio.run(_require_timer(loaded))
    report = find_leak(repeated(loaded, scenario, entry), runs, watch=True)
    return {
        "verdict": report.verdict,
        "version": loaded.version(),
        "report": report.as_dict(),
        "text": report.text(),
    }


async def _require_timer(runtime: Runtime) -> None:
    """NotImplementedError where a run sets no timer: "no leak" would be said of what was not tried.

    The benchmark `retention.BehindTimer` has a client that sets one for streams, too.
    """
    client = Client(Script())
    await runtime.agent(client).arun(prompt_of(1))
    if not client._looked_after:
        raise NotImplementedError("its model is asked for streams, or not on the event loop")
