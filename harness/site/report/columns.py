"""What is compared between frameworks: sections of columns, each one figure of a benchmark.

A benchmark that is not in the results is "not measured"; a new column is a line here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    """One figure. of: values of the benchmark's parameters but for the runtime and the entry.

    less: other values, whose figure is taken off; over: by what the rest is divided.
    """

    title: str
    benchmark: str
    of: Mapping[str, object] = field(default_factory=dict)
    less: Mapping[str, object] = field(default_factory=dict)
    over: float = 1.0


def _rounds(rounds: int) -> dict[str, object]:
    return {"tool_rounds": rounds}


SECTIONS: dict[str, tuple[str, tuple[Column, ...]]] = {
    "In short": (
        "One question of each section below: Python calls to import, to build an agent, of a reply,"
        " of a tool round and of a reply over HTTP; how long 50 requests at once and an unbalanced"
        " workflow take, where 1 is the best that any could; how a run grows with earlier"
        " exchanges, where 1 is linear; and how many of 20 agents outlive their use.",
        (
            Column("import", "startup.Import.track_calls"),
            Column("build", "startup.Build.track_calls"),
            Column("reply", "latency.Counted.track_calls", _rounds(0)),
            Column("tool round", "latency.Counted.track_calls", _rounds(3), _rounds(0), 3.0),
            Column("over HTTP", "over_http.Run.track_calls", _rounds(0)),
            Column("50 at once", "virtual.AtOnce.track_makespan", {"at_once": 50}),
            Column("workflow", "virtual.Workflow.track_makespan", {"shape": "unbalanced"}),
            Column("growth", "growth.OverLinear.track_ratio", {"what": "history"}),
            Column("outliving", "retention.Outliving.track_alive", {"what": "agents"}),
        ),
    ),
    "Startup": (
        "The import is that of a fresh interpreter, of what a program needs that builds agents and"
        " workflows; the floor imports asyncio. An agent is built with one tool on a model that is"
        " there already.",
        (
            Column("import", "startup.Import.track_seconds"),
            Column("its memory", "startup.Import.track_bytes"),
            Column("its modules", "startup.Import.track_modules"),
            Column("its calls", "startup.Import.track_calls"),
            Column("build: CPU", "startup.Build.track_cpu_seconds"),
            Column("build: calls", "startup.Build.track_calls"),
        ),
    ),
    "One run": (
        "Calls are Python calls over all threads with a model that answers at once; those of a tool"
        " round are a third of what three rounds add to a reply. CPU is in times the floor's.",
        (
            Column("reply: calls", "latency.Counted.track_calls", _rounds(0)),
            Column("tool round: calls", "latency.Counted.track_calls", _rounds(3), _rounds(0), 3.0),
            Column("reply: CPU", "latency.OverFloor.track_cpu_ratio", _rounds(0)),
            Column("three rounds: CPU", "latency.OverFloor.track_cpu_ratio", _rounds(3)),
            Column("reply: added p95", "latency.Added.track_p95", {"injected_seconds": 0.0}),
        ),
    ),
    "Over HTTP": (
        "The same with the framework's own OpenAI client and a model server on this machine.",
        (
            Column("reply: calls", "over_http.Run.track_calls", _rounds(0)),
            Column("reply: added p95", "over_http.Run.track_added_p95", _rounds(0)),
            Column("three rounds: added p95", "over_http.Run.track_added_p95", _rounds(3)),
        ),
    ),
    "50 at once": (
        "A burst of 50 requests, a model of 20 ms. On the virtual clock 1 is perfect overlap and"
        " 50 is none.",
        (
            Column("added p95", "scaling.AtOnce.track_added_p95", {"at_once": 50}),
            Column(
                "CPU per request",
                "scaling.AtOnce.track_cpu_seconds_per_request",
                {"at_once": 50},
            ),
            Column("peak memory", "scaling.AtOnce.peakmem_burst", {"at_once": 50}),
            Column("virtual makespan", "virtual.AtOnce.track_makespan", {"at_once": 50}),
        ),
    ),
    "Workflows": (
        "Virtual makespan over the critical path: 1 is the best any schedule can do. The unbalanced"
        " one shows a barrier between levels.",
        (
            Column("fan", "virtual.Workflow.track_makespan", {"shape": "fan"}),
            Column("unbalanced", "virtual.Workflow.track_makespan", {"shape": "unbalanced"}),
            Column("random", "virtual.Workflow.track_makespan", {"shape": "random"}),
            Column(
                "calls per step of a chain",
                "workflows.Workflow.track_calls_per_step",
                {"shape": "chain"},
            ),
        ),
    ),
    "Tools": (
        "A plain tool, no async one, that sleeps blocks the event loop in so many of 5 calls."
        " Five tools of one turn: 1 is parallel, 5 is one after another.",
        (
            Column("blocked loop", "resources.PlainTool.track_blocks"),
            Column("five async tools", "tools.AsyncTools.track_makespan", {"calls": 5}),
            Column("five plain tools", "tools.PlainTools.track_in_a_row", {"calls": 5}),
            Column("50 offered: calls", "tools.Offered.track_calls", {"offered": 50}),
        ),
    ),
    "Growth": (
        "Calls at the largest size over the straight line through two smaller ones: 1 is linear,"
        " more is worse.",
        (
            Column("earlier exchanges", "growth.OverLinear.track_ratio", {"what": "history"}),
            Column("steps in a row", "growth.OverLinear.track_ratio", {"what": "row"}),
            Column("size of the prompt", "growth.OverLinear.track_ratio", {"what": "prompt"}),
            Column("size of a result", "growth.OverLinear.track_ratio", {"what": "result"}),
        ),
    ),
    "What outlives its use": (
        "Of 20 that were used once and let go, how many are alive after a garbage collection, and"
        " how many agents where a client's timer is pending; what each further run keeps.",
        (
            Column("agents", "retention.Outliving.track_alive", {"what": "agents"}),
            Column("workflows", "retention.Outliving.track_alive", {"what": "workflows"}),
            Column("runs", "retention.Outliving.track_alive", {"what": "runs"}),
            Column("behind a timer", "retention.BehindTimer.track_alive"),
            Column("bytes per run", "resources.Leak.track_bytes_per_run"),
            Column("threads", "resources.Leftovers.track_threads"),
        ),
    ),
    "Idle": (
        "A process in which an agent has run and now waits.",
        (
            Column("wake-ups in 60 s", "idle.Wakeups.track_wakeups", {"what": "agents"}),
            Column("CPU", "idle.Waiting.track_cpu"),
            Column("threads that wake up", "idle.Waiting.track_threads"),
        ),
    ),
    "Tracing": (
        "The framework's own, into memory, against runs without it.",
        (
            Column("CPU", "observability.Traced.track_over_untraced", _rounds(3)),
            Column("calls added", "observability.Traced.track_calls", _rounds(3)),
            Column("spans", "observability.Traced.track_spans", _rounds(3)),
        ),
    ),
}
"""What each section is about, and its columns."""
