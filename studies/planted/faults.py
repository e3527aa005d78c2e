"""Defects of behaviour: waits, lost concurrency, errors, things left behind."""

from __future__ import annotations

from studies.planted.edits import (
    AGENT,
    ARUN,
    BUILT,
    GROUP,
    PERFORM,
    RUN,
    WORKFLOW,
    Defect,
    Edit,
    after,
    imports,
    in_both,
    in_run,
    lines,
)

_TAIL = (
    "latency.Added.track_p99",
    "scaling.AtOnce.track_added_p99",
    "virtual.Arrivals.track_added_p99",
    "virtual.AtOnce.track_makespan",
)
_SCHEDULE = ("virtual.Workflow.track_makespan", "workflows.Workflow.track_makespan")

FAULTS = (
    Defect(
        "tail",
        "a wait in every 50th run of an agent",
        "2 % of runs +50 ms",
        _TAIL,
        (
            imports("asyncio", "time"),
            in_run(RUN, lines(2, "if number % 50 == 0:", "    time.sleep(0.05)")),
            in_run(ARUN, lines(2, "if number % 50 == 0:", "    await asyncio.sleep(0.05)")),
        ),
    ),
    Defect(
        "serial-branch",
        "two independent workflow steps run one after another",
        "2 steps",
        _SCHEDULE,
        (
            after(
                WORKFLOW,
                lines(2, "self.prompt = prompt"),
                lines(
                    2,
                    "self._after: dict[str, str] = {}",
                    "for name in self.needs:",
                    "    for other in self.needs:",
                    "        if other == name or self._after:",
                    "            break",
                    "        if self.needs[other] == self.needs[name]:",
                    "            self._after[name] = other",
                ),
            ),
            Edit(
                WORKFLOW,
                PERFORM,
                lines(3, "if name in self._after:", "    await tasks[self._after[name]]") + PERFORM,
            ),
        ),
    ),
    Defect(
        "barrier",
        "workflow steps wait for the whole level before theirs",
        "a barrier a level",
        _SCHEDULE,
        (
            Edit(
                WORKFLOW,
                GROUP,
                lines(
                    2,
                    "waiting = dict(self.needs)",
                    "while waiting:",
                    "    level = [n for n, needs in waiting.items() if not {*needs} & {*waiting}]",
                    "    async with asyncio.TaskGroup() as group:",
                    "        for name in level:",
                    "            tasks[name] = group.create_task(perform(name))",
                    "            del waiting[name]",
                ),
            ),
        ),
    ),
    Defect(
        "limit-8",
        "no more than eight runs of an agent at once",
        "8 at once",
        (
            "virtual.AtOnce.track_makespan",
            "virtual.Arrivals.track_added_p50",
            "virtual.Arrivals.track_added_p95",
            "virtual.Arrivals.track_added_p99",
            "scaling.AtOnce.track_added_p50",
            "scaling.AtOnce.track_added_p95",
            "scaling.AtOnce.track_seconds_per_request",
            "speedup.Overlap.track_fraction",
            "speedup.Overlap.track_over_ideal",
            "latency.Added.track_p95",
        ),
        (
            imports("asyncio", "threading"),
            after(
                AGENT,
                BUILT,
                lines(2, "self._slots = threading.BoundedSemaphore(8)", "self._loop = None")
                + lines(0, "", "    def _limit(self):")
                + lines(
                    2,
                    "loop = asyncio.get_running_loop()",
                    "if loop is not self._loop:",
                    "    self._loop, self._gate = loop, asyncio.Semaphore(8)",
                    "return self._gate",
                ),
            ),
            Edit(AGENT, RUN, f"        with self._slots:\n    {RUN}"),
            Edit(AGENT, ARUN, f"        async with self._limit():\n    {ARUN}"),
        ),
    ),
    Defect(
        "blocking",
        "a blocking call on the event loop in every 20th run of an agent",
        "50 ms",
        (
            "resources.EventLoop.track_blocks",
            "resources.EventLoop.track_longest_block",
            "latency.Added.track_p99",
            "scaling.AtOnce.track_seconds_per_request",
        ),
        (
            imports("time"),
            in_run(ARUN, lines(2, "if number % 20 == 0:", "    time.sleep(0.05)")),
        ),
    ),
    Defect(
        "errors",
        "every 100th run of an agent fails",
        "1 %",
        (
            "scaling.AtOnce.track_error_rate",
            # The other benchmarks fail, because none may time a failed run.
            "latency.Run.time_run",
            "latency.Added.track_p95",
            "latency.Added.track_p99",
            "resources.Leak.track_bytes_per_run",
        ),
        (in_both(lines(2, "if number % 100 == 0:", '    raise RunError("upstream said no")')),),
    ),
    Defect(
        "thread",
        "an idle thread that every agent leaves behind",
        "1 thread an agent",
        ("resources.Leftovers.track_threads",),
        (
            imports("threading"),
            after(
                AGENT,
                BUILT,
                lines(2, "threading.Thread(target=threading.Event().wait, daemon=True).start()"),
            ),
        ),
    ),
    Defect(
        "descriptor",
        "a descriptor that every 10th run of an agent leaves open",
        "1 descriptor in 10 runs",
        ("resources.Leftovers.track_descriptors",),
        (
            imports("os"),
            in_both(lines(2, "if number % 10 == 0:", "    os.open(os.devnull, os.O_RDONLY)")),
        ),
    ),
    Defect(
        "requests",
        "the first model request of a run is made twice",
        "+1 request a run",
        (
            "latency.Counted.track_model_requests",
            "latency.Counted.track_calls",
            # These fail, because the requests are not those of the script.
            "latency.Added.track_p95",
            "latency.Added.track_p99",
            "speedup.Overlap.track_fraction",
            "workflows.Workflow.track_makespan",
            "virtual.Workflow.track_makespan",
            "resources.EventLoop.track_longest_block",
        ),
        (
            in_run(RUN, lines(2, "self._ask(prompt, 0)")),
            in_run(ARUN, lines(2, "await self._aask(prompt, 0)")),
        ),
    ),
)
