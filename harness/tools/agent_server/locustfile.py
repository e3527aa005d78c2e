"""Locust drives a served agent (`python -m harness serve-agent`), from any number of machines.

    locust -f harness/tools/agent_server/locustfile.py --headless --host http://127.0.0.1:8000 \
        --shape spike --rate 20 --peak 100 --duration 60s

Locust starts the processes, connects them and speaks HTTP. Each of them sends its share of the
schedule when it is due, open loop, by the engine of `python -m harness load`, and the master makes
the report of that load of all their records.
"""

import sys
from typing import Any

from locust import FastHttpUser, LoadTestShape, events, runners
from locust.exception import StopUser
from locust.runners import MasterRunner, WorkerRunner

from harness.instruments.arrivals.engine import Threads
from harness.instruments.arrivals.kinds import check_reply, kind_of
from harness.tools.agent_server import distributed
from harness.tools.agent_server.load import EXCHANGES
from harness.tools.agent_server.shares import GREENLETS, Gathered, Reported, Share
from harness.tools.load.client import HttpError
from harness.tools.load.target import DISTINCT
from harness.workload.script import reply_of

SETTLE = 30.0
"""Seconds after the load in which workers must have reported their last request."""

runners.WORKER_REPORT_INTERVAL = 1.0  # seconds; three are long to wait for the last report


def check(environment: Any, **unused: Any) -> None:
    """End with one line before anything starts if the options make no load."""
    environment.runner.register_message("share", begin)
    if isinstance(environment.runner, WorkerRunner):
        return  # its options come from the master
    try:
        distributed.check(environment.parsed_options)
    except ValueError as error:
        print(f"harness: {error}", file=sys.stderr)
        sys.exit(2)


class Own:
    """What this process does: its share, and the engine that sends it."""

    share = Share()
    engine: Threads | None = None
    injected: float | None = None
    is_done = False

    def message(self) -> dict[str, Any]:
        """What is new since it was asked last."""
        records = self.engine.records if self.engine else Reported()
        assert isinstance(records, Reported)
        peak = self.engine.peak if self.engine else 0
        news = {"news": records.news(), "peak": peak, "injected": self.injected}
        return news | {"is_done": self.is_done}


own = Own()

gathered: dict[str, Gathered] = {}
"""What each process has reported, by its name."""


def begin(environment: Any, msg: Any, **unused: Any) -> None:
    """A worker gets its share, before its user starts."""
    own.share = Share(**msg.data)


class Shape(LoadTestShape):  # type: ignore[misc]
    """A user in each process, until all of them have reported all of their share."""

    is_over = False

    def reset_time(self) -> None:
        """A load begins: it is divided among the workers that are there."""
        runner = self.runner
        names = ["local"]
        if isinstance(runner, MasterRunner):
            names = [worker.id for worker in runner.clients.ready]
        plan = distributed.plan(runner.environment.parsed_options)
        for place, name in enumerate(names):
            share = Share(place, len(names))
            gathered[name] = Gathered(len(share.dues(plan)))
            if isinstance(runner, MasterRunner):
                runner.send_message("share", vars(share), client_id=name)
        self._limit = plan.arrivals.duration + plan.drain + SETTLE
        super().reset_time()

    def tick(self) -> tuple[int, float] | None:
        """Users, and how many of them start in a second; None at the end."""
        if not isinstance(self.runner, MasterRunner):
            gathered["local"].add(own.message())
        done = all(each.is_done for each in gathered.values())
        self.is_over = done or self.get_run_time() > self._limit
        return None if self.is_over else (len(gathered), len(gathered))


class AgentUser(FastHttpUser):  # type: ignore[misc]
    """Sends its process's share, each request in a greenlet, and checks every reply."""

    concurrency = GREENLETS

    def drive(self) -> None:
        """All of the share. Threads are greenlets here: Locust has patched them."""
        plan = distributed.plan(self.environment.parsed_options)
        if dues := own.share.dues(plan):
            mine = own.share.plan(plan)
            own.engine = Threads(self.ask, mine, records=Reported(len(dues)))
            own.engine.make()
        own.is_done = True
        raise StopUser

    tasks = [drive]  # noqa: RUF012 - as Locust wants it

    def ask(self, request: int) -> None:
        """One run; raises what went wrong with it."""
        number = own.share.number(request) % DISTINCT
        exchange = EXCHANGES[self.environment.parsed_options.exchange]
        body = exchange.body(number)
        with self.client.post(exchange.path, json=body, catch_response=True) as answer:
            try:
                if not answer.status_code:
                    raise answer.error
                if answer.status_code != 200:
                    raise HttpError(answer.status_code, answer.text)
                read = answer.json()
                check_reply(exchange.reply(read), reply_of(number))
                if isinstance(injected := read.get("injected"), int | float):
                    own.injected = injected
            except Exception as error:
                answer.failure(kind_of(error))
                failed = error
            else:
                return
        raise failed


def send(client_id: str, data: dict[str, Any]) -> None:
    """A worker reports what is new."""
    data["harness"] = own.message()


def receive(client_id: str, data: dict[str, Any]) -> None:
    """The master keeps it."""
    if client_id in gathered:
        gathered[client_id].add(data["harness"])


def tell(environment: Any, **unused: Any) -> None:
    """At the end the master, or a Locust alone, reports the whole load as `harness load` does."""
    if isinstance(environment.runner, WorkerRunner) or not gathered:
        return
    shape = environment.shape_class
    stopped = None if shape.is_over else shape.get_run_time()
    environment.process_exit_code = distributed.tell(
        environment.parsed_options, environment.host, gathered, stopped
    )


events.init_command_line_parser.add_listener(distributed.add_arguments)
events.init.add_listener(check)
events.report_to_master.add_listener(send)
events.worker_report.add_listener(receive)
events.quitting.add_listener(tell)
