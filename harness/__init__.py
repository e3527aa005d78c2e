"""How agent frameworks are measured, and what a program may use of it.

    from harness import Heartbeat, Monitor, find_leak, profile

Each name is imported when it is first used: `import harness` costs nothing, and a measured process
has only what it asks for.
"""

PUBLIC = {
    "BlockingCalls": "instruments.event_loop.blocking:BlockingCalls",
    "Constant": "workload.script:Constant",
    "Heartbeat": "instruments.event_loop.heartbeat:Heartbeat",
    "Lognormal": "workload.script:Lognormal",
    "ModelServer": "model_server.process:ModelServer",
    "Monitor": "tools.monitor:Monitor",
    "Plan": "instruments.arrivals.plan:Plan",
    "Script": "workload.script:Script",
    "arrivals": "instruments.arrivals.plan:arrivals",
    "find_leak": "instruments.leaks.study:find_leak",
    "load_report": "tools.load.report:report",
    "memory_profile": "instruments.profilers.decorators:memory_profile",
    "monitored": "instruments.resources.decorator:monitored",
    "of_call": "tools.load.target:of_call",
    "profile": "instruments.profilers.decorators:profile",
    "profilers": "instruments.profilers.decorators:",
    "run_load": "tools.load.run:run",
    "schedules": "workload.schedules:",
}
"""Public name -> where it is; without an attribute it is the module."""


def __getattr__(name: str) -> object:
    if name not in PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, _, attribute = PUBLIC[name].partition(":")
    found: object = import_module(f"{__name__}.{module}")
    if attribute:
        found = getattr(found, attribute)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *PUBLIC})
