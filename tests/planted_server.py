"""An agent behind HTTP whose capacity is known: slots, a service time, and a queue."""

import asyncio
import contextlib
import heapq
import os
import time

from places import TESTS

from harness.common import child
from harness.common.local import LocalServer
from harness.model_server import loops


def serve(slots, seconds, most=None):
    """In a child: answer POST /run as long as the parent wants; 429 where `most` are inside.

    Each reply is due one service time after a slot is free. It is computed, not slept for: a late
    timer delays one reply and takes nothing from the capacity, which is slots / seconds exactly.
    """
    asyncio.run(_serve(slots, seconds, most))


async def _serve(slots, seconds, most):
    from aiohttp import web

    free, inside = [0.0] * slots, 0

    async def answer(request):
        nonlocal inside
        prompt = (await request.json())["prompt"]
        if most is not None and inside >= most:
            return web.json_response({}, status=429)
        inside += 1
        due = max(time.monotonic(), free[0]) + seconds
        heapq.heapreplace(free, due)
        await loops.until(due)
        inside -= 1
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
def planted(slots, seconds, most=None):
    """Its base URL."""
    order = {"slots": slots, "seconds": seconds, "most": most}
    env = {"PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])}
    with LocalServer(f"{__name__}:serve", order, env=env) as server:
        yield f"http://127.0.0.1:{server.report}"
