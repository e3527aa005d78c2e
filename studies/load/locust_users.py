"""Users of Locust as its own guide has them, for `generators`; the figures go to the file OUT.

Closed loop: each asks twice per second, and waits for its answer. Their turns are spread evenly.
Locust's own tables round times to two digits; these are the times that it measured.
"""

import itertools
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

from locust import FastHttpUser, events, task

from harness.tools.load.target import DISTINCT

EACH = 2
"""Requests per second of a user."""

_numbers = itertools.count()
_users = itertools.count()
_took: list[float] = []
_failures: list[object] = []


class User(FastHttpUser):  # type: ignore[misc]
    """Asks a served agent, and checks what it says."""

    def on_start(self) -> None:
        """Users that start together would ask together, and `constant_pacing` keeps them so."""
        self.due = time.perf_counter() + next(_users) * 0.618 % 1 / EACH
        time.sleep(max(0.0, self.due - time.perf_counter()))

    def wait_time(self) -> float:
        """Seconds to the next turn."""
        self.due += 1 / EACH
        return max(0.0, self.due - time.perf_counter())

    @task  # type: ignore[untyped-decorator]
    def ask(self) -> None:
        """One run."""
        number = next(_numbers) % DISTINCT
        body = {"prompt": f"request {number}"}
        with self.client.post("/run", json=body, catch_response=True) as answer:
            if answer.status_code != 200 or answer.json()["reply"] != f"reply {number}":
                answer.failure("wrong reply")


@events.request.add_listener  # type: ignore[untyped-decorator]
def note(response_time: float, exception: object = None, **unused: Any) -> None:
    """Keep how long a request took, in seconds, or that it failed."""
    if exception is None:
        _took.append(response_time / 1000)
    else:
        _failures.append(exception)


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def tell(**unused: Any) -> None:
    """Write the report."""
    percents = statistics.quantiles(_took, n=100)
    found: dict[str, Any] = {"requests": len(_took) + len(_failures), "failed": len(_failures)}
    found["latency"] = {"p50": percents[49], "p99": percents[98]}
    Path(os.environ["OUT"]).write_text(json.dumps(found), "utf-8")
