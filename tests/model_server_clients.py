"""A model server's clients, for its tests."""

import asyncio
from time import monotonic

import openai

from harness.workload.script import prompt_of


def asking(server, use, **options):
    """The result of `use(client)` with a real client of the server."""

    async def run():
        # Certificates, which plain HTTP has no use for, take 0.1 s to load.
        options["http_client"] = openai.DefaultAsyncHttpxClient(verify=False)
        async with openai.AsyncOpenAI(
            base_url=server.url, api_key="any", **{"max_retries": 0} | options
        ) as client:
            return await use(client)

    return asyncio.run(run())


def message(request):
    return [{"role": "user", "content": prompt_of(request)}]


def chat(client, request, **more):
    return client.chat.completions.create(model="some", messages=message(request), **more)


def settled(server):
    """The journal, once the server has noticed that its clients have gone."""
    give_up = monotonic() + 60
    while monotonic() < give_up:
        journal = server.journal()
        if journal["unfinished"] == 0:
            return journal
    raise AssertionError(journal["unfinished"])


def entries(server):
    return settled(server)["entries"]
