"""How close a model server's latency is to what was configured, seen by a client.

Works on any OpenAI-compatible server: users in closed loop, each asking for one plain chat
completion after the other. Their starts are spread over the configured latency, so that what is
measured is not the one burst in which all of them would go on for ever.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic, process_time

import psutil

from harness.common.stats import percentile
from harness.runtimes.floor.bare_client import BareClient
from harness.workload.script import prompt_of

WARMUP = 0.2
"""Share of a measurement that is dropped at its beginning: connecting, first calls."""


@dataclass
class Sample:
    """What one measurement saw. Latencies and CPU times are in seconds.

    wall: of the measured part; answered, failed: requests that ended in it.
    server_cpu (NaN: unknown) and client_cpu: CPU time of the server and its children, and of this
        process, in it.
    """

    latencies: list[float] = field(default_factory=list)
    wall: float = 0.0
    failed: int = 0
    server_cpu: float = 0.0
    client_cpu: float = 0.0


def cpu_of(pid: int | None) -> float:
    """CPU seconds of a process and its children; NaN where that cannot be read."""
    if pid is None:
        return float("nan")
    try:
        parent = psutil.Process(pid)
        times = [each.cpu_times() for each in (parent, *parent.children(recursive=True))]
    except psutil.Error:
        return float("nan")
    return sum(each.user + each.system for each in times)


async def measure(
    url: str, users: int, seconds: float, latency: float, pid: int | None = None
) -> Sample:
    """`users` at once for `seconds`. url: base URL (".../v1"); latency: the configured one.

    Raises ValueError if the server does not answer as the API has it.
    """
    client = BareClient(f"{url}/chat/completions")
    await _prove(client, url)
    sample, numbers = Sample(), itertools.count()
    begin = monotonic()
    counts_from, end = begin + WARMUP * seconds, begin + seconds

    async def user(position: int) -> None:
        await asyncio.sleep(latency * position / users)
        while (sent := monotonic()) < end:
            try:
                await client.apost(body(next(numbers)))
            except (OSError, RuntimeError):
                sample.failed += monotonic() >= counts_from
                continue
            got = monotonic()
            if counts_from <= got <= end:
                sample.latencies.append(got - sent)

    async def meters() -> None:
        await asyncio.sleep(counts_from - monotonic())
        server, client, wall = cpu_of(pid), process_time(), monotonic()
        await asyncio.sleep(end - monotonic())
        sample.server_cpu = cpu_of(pid) - server
        sample.client_cpu = process_time() - client
        sample.wall = monotonic() - wall

    await asyncio.gather(meters(), *(user(i) for i in range(users)))
    return sample


def body(request: int) -> bytes:
    """A chat completion for a request number."""
    messages = [{"role": "user", "content": prompt_of(request)}]
    return json.dumps({"model": "gpt-4o-mini", "messages": messages}).encode()


async def _prove(client: BareClient, url: str) -> None:
    try:
        answer = json.loads(await client.apost(body(0)))
        text = answer["choices"][0]["message"]["content"]
    except (OSError, RuntimeError, ValueError, LookupError, TypeError) as error:
        raise ValueError(f"{url} is no chat completions server: {error}") from error
    if not (isinstance(text, str) and text):
        raise ValueError(f"{url} answers without a text")


def pooled(samples: Sequence[Sample], users: int) -> dict[str, float | int | None]:
    """One row of a table: seconds, requests per second, CPU microseconds per request.

    Requests of all samples count alike. client_share: CPU of the client, as a share of a core;
    near 1 it is the client that limits. CPU that cannot be read is None.
    """
    latencies = [each for sample in samples for each in sample.latencies]
    if not latencies:
        raise ValueError(f"no request of {users} users was answered")
    wall = sum(sample.wall for sample in samples)
    cpu = sum(sample.server_cpu for sample in samples) / len(latencies)
    return {
        "at_once": users,
        "answered": len(latencies),
        "failed": sum(sample.failed for sample in samples),
        "p50": percentile(latencies, 50),
        "p90": percentile(latencies, 90),
        "p99": percentile(latencies, 99),
        "max": max(latencies),
        "rps": len(latencies) / wall,
        "server_cpu_us": cpu * 1e6 if cpu == cpu else None,
        "client_share": sum(sample.client_cpu for sample in samples) / wall,
    }
