"""Locust drives a served agent (`python -m harness serve-agent`), from any number of machines.

    locust -f harness/tools/agent_server/locustfile.py --headless --host http://127.0.0.1:8000 \
        --shape spike --rate 20 --peak 100 --duration 60s

Closed loop: a user waits for its reply before it asks again. As long as replies take less than a
user's interval (1 / --per-user seconds) the rate is the one asked for; beyond, it sinks, and the
latencies of the requests that were never sent are missing. `python -m harness load` is open loop.
"""

import itertools
import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any

from locust import FastHttpUser, LoadTestShape, events, runners
from locust.runners import MasterRunner, WorkerRunner

from harness.common.files import writable, write
from harness.common.numbers import quantity
from harness.instruments.arrivals import shapes
from harness.tools.agent_server.load import EXCHANGES, Tally, rate_at
from harness.tools.load.target import DISTINCT
from harness.workload.script import reply_of

SHAPES = ("constant", "ramp-up", "spike", "step")
"""Those that users can follow."""

TICK = 1.0
"""Seconds between two looks of Locust at the shape."""

SETTLE = 30.0
"""Seconds after the load in which workers must have reported their last request."""

_GOLDEN = 0.6180339887498949

own = Tally()
"""Requests of this process."""

workers: dict[str, dict[str, Any]] = {}
"""On the master: the latest message of each worker."""

_numbers = itertools.count()
_users = itertools.count()
_offset = random.random()

runners.WORKER_REPORT_INTERVAL = 1.0  # seconds; three are long to wait for the last report


def add_arguments(parser: Any) -> None:
    """The options of `python -m harness load`, as far as users can follow them."""
    this = parser.add_argument_group("agent")
    shapes.add_schedule(this, SHAPES)
    this.add_argument(
        "--per-user", type=float, default=1.0, help="requests a second of one user (default: 1)"
    )
    this.add_argument(
        "--exchange",
        choices=sorted(EXCHANGES),
        default="agent",
        help="what --host is: a served agent, or an OpenAI-compatible model (default: agent)",
    )
    this.add_argument("--summary", default="", help="JSON file for exact figures of all workers")


def check(environment: Any, **unused: Any) -> None:
    """End with one line before anything starts if the options make no load."""
    if isinstance(environment.runner, WorkerRunner):
        return  # its options come from the master
    given = environment.parsed_options
    try:
        shapes.schedule(given)
        if not 0 < given.per_user < float("inf"):
            raise ValueError(f"--per-user is a positive number, not {given.per_user:g}")
        if given.summary:
            writable(given.summary)
    except ValueError as error:
        print(f"harness: {error}", file=sys.stderr)
        sys.exit(2)


class Shape(LoadTestShape):  # type: ignore[misc]
    """As many users as the rate of the coming tick needs."""

    def reset_time(self) -> None:
        """A load begins."""
        self._due, _ = shapes.schedule(self.runner.environment.parsed_options)
        super().reset_time()

    def tick(self) -> tuple[int, float] | None:
        """Users, and how many of them start in a second; None at the end."""
        given = self.runner.environment.parsed_options
        middle = self.get_run_time() + TICK / 2
        if middle >= max(given.duration, TICK):
            over = middle - given.duration
            return None if over > SETTLE or _settled(self.runner) else (0, 1000)
        users = round(rate_at(middle, self._due, given.duration) / given.per_user)
        return users, max(1, users)


class AgentUser(FastHttpUser):  # type: ignore[misc]
    """Asks --per-user times a second, and checks every reply."""

    def on_start(self) -> None:
        # Users that start together would ask together: their turns are spread over an interval.
        phase = (_offset + next(_users) * _GOLDEN) % 1.0
        time.sleep(phase * self._interval)  # lets others run: Locust has patched it
        self._due = time.perf_counter()

    @property
    def _interval(self) -> float:
        return 1.0 / float(self.environment.parsed_options.per_user)

    def wait_time(self) -> float:
        """Seconds to the next turn, as Locust's `constant_throughput`, which knows no phase."""
        now = time.perf_counter()
        self._due = max(self._due + self._interval, now)
        return self._due - now

    def ask(self) -> None:
        """One run; a wrong reply is a failure."""
        number = next(_numbers) % DISTINCT
        exchange = EXCHANGES[self.environment.parsed_options.exchange]
        body = exchange.body(number)
        with self.client.post(exchange.path, json=body, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(_kind(answer))
            elif _read(answer, exchange.reply) != reply_of(number):
                answer.failure("WrongReply")

    tasks = [ask]  # noqa: RUF012 - as Locust wants it


def _settled(runner: Any) -> bool:
    """Whether every worker has reported its last request.

    Asked to quit, Locust waits half a second for last reports: a busy worker's would be lost.
    """
    if not isinstance(runner, MasterRunner):
        return True
    return all(message["users"] == 0 for message in workers.values())


def _read(answer: Any, part: Callable[[Any], object]) -> object:
    try:
        return part(answer.json())
    except (ValueError, LookupError, TypeError):
        return None


def _kind(answer: Any) -> str:
    if not answer.status_code:
        return type(answer.error).__name__
    kind = _read(answer, lambda body: body["error"])
    return kind if isinstance(kind, str) else f"status {answer.status_code}"


def count(response_time: float, exception: Exception | None = None, **unused: Any) -> None:
    """Note one request of this process."""
    own.add(response_time / 1000, exception)


def send(client_id: str, data: dict[str, Any]) -> None:
    """A worker tells all it has done so far."""
    data["harness"] = own.message()


def receive(client_id: str, data: dict[str, Any]) -> None:
    """The master keeps the latest of each worker."""
    workers[client_id] = data["harness"] | {"users": data["user_count"]}


def tell(environment: Any, **unused: Any) -> None:
    """At the end the master, or a Locust alone, tells the exact figures."""
    if isinstance(environment.runner, WorkerRunner):
        return
    merged, each = Tally(), {}
    master = isinstance(environment.runner, MasterRunner)
    for name, message in workers.items() if master else [("local", own.message())]:
        merged.merge(message)
        (alone := Tally()).merge(message)
        each[name] = _document(alone)
        print(f"{name}: {alone.requests} requests, {alone.failures.total()} failed")
    for name, seconds in (merged.percentiles() or {}).items():
        print(f"{name}: {quantity(seconds, 'seconds')}")
    if environment.parsed_options.summary:
        document = _document(merged) | {"workers": each}
        write(environment.parsed_options.summary, json.dumps(document, indent=1))


def _document(tally: Tally) -> dict[str, Any]:
    return {
        "requests": tally.requests,
        "failures": dict(tally.failures),
        "latency": tally.percentiles(),
    }


events.init_command_line_parser.add_listener(add_arguments)
events.init.add_listener(check)
events.request.add_listener(count)
events.report_to_master.add_listener(send)
events.worker_report.add_listener(receive)
events.quitting.add_listener(tell)
