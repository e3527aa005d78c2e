"""On whom: the runtimes, found by name, by entry point, or as `module:Class`."""

from __future__ import annotations

import importlib
import pkgutil

from harness.runtimes.base import Runtime

ENTRY_POINTS = "agent_benchmarks.runtimes"
# One folder per framework: a new one is found by being there. What they share is in the kit.
SHIPPED = tuple(
    found.name for found in pkgutil.iter_modules(__path__) if found.ispkg and found.name != "kit"
)


class UnknownRuntime(ValueError):
    """No runtime of that name; the message names some that are."""


def _shipped(name: str) -> object:
    found = vars(importlib.import_module(f"harness.runtimes.{name}")).values()
    classes = (each for each in found if isinstance(each, type) and issubclass(each, Runtime))
    return next((cls for cls in classes if cls.name == name), None)


def _outside(name: str) -> object:
    import importlib.metadata  # takes longer than all else that every worker would import here

    points = [] if ":" in name else importlib.metadata.entry_points(group=ENTRY_POINTS)
    known = {point.name: point for point in points}
    if ":" not in name and name not in known:
        import difflib  # only to say which one may be meant

        names = [*SHIPPED, *known]
        near = difflib.get_close_matches(name, names, 3) or [*names[:3], f"{len(names)} in all"]
        raise UnknownRuntime(
            f"no runtime {name!r}; there are {', '.join(near)} (targets/), or give module:Class"
        )
    point = known.get(name) or importlib.metadata.EntryPoint(name, name, ENTRY_POINTS)
    try:
        return point.load()
    except Exception as error:
        reason = " ".join(str(error).split())
        raise UnknownRuntime(f"runtime {name!r} cannot be loaded: {reason}") from error


def load(name: str) -> Runtime:
    """The runtime `name`: one of SHIPPED, an entry point of ENTRY_POINTS, or `module:Class`.

    Loading a runtime imports its adapter, never its framework. Raises UnknownRuntime.
    """
    cls = _shipped(name) if name in SHIPPED else _outside(name)
    if not (isinstance(cls, type) and issubclass(cls, Runtime)):
        raise UnknownRuntime(f"runtime {name!r} is {cls!r}, not a subclass of Runtime")
    return cls()
