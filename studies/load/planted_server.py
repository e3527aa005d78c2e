"""An agent behind HTTP whose capacity is known: slots, a service time, and a queue."""

import asyncio
import contextlib
import heapq
import time
from collections.abc import Iterator

from aiohttp import web

from harness.common import child
from harness.common.local import LocalServer
from harness.model_server import loops


def serve(slots: int, seconds: float) -> None:
    """In a child: answer POST /run as long as the parent wants.

    Each reply is due one service time after a slot is free. It is computed, not slept for: a late
    timer delays one reply and takes nothing from the capacity, which is slots / seconds exactly.
    """
    asyncio.run(_serve([0.0] * slots, seconds))


async def _serve(free: list[float], seconds: float) -> None:
    async def answer(request: web.Request) -> web.Response:
        prompt = (await request.json())["prompt"]
        due = max(time.monotonic(), free[0]) + seconds
        heapq.heapreplace(free, due)
        await loops.until(due)
        return web.json_response({"reply": prompt.replace("request", "reply")})

    application = web.Application()
    application.router.add_post("/run", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=4096).start()
    end = loops.told_to_stop()
    child.tell(runner.addresses[0][1])
    await end.wait()
    await runner.cleanup()


@contextlib.contextmanager
def planted(slots: int, seconds: float) -> Iterator[str]:
    """Its base URL; capacity: slots / seconds, requests a second."""
    order = {"slots": slots, "seconds": seconds}
    with LocalServer(f"{__name__}:serve", order) as server:
        yield f"http://127.0.0.1:{server.report}"
