"""On whom: the runtimes, found by name, by entry point, or as `module:Class`."""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil

from harness.runtimes.base import Runtime

ENTRY_POINTS = "agent_benchmarks.runtimes"
# One folder a framework: a new one is found by being there. What they share is in the kit.
SHIPPED = tuple(
    found.name for found in pkgutil.iter_modules(__path__) if found.ispkg and found.name != "kit"
)


class UnknownRuntime(ValueError):
    """No runtime of that name; the message lists what there is."""


def _shipped(name: str) -> object:
    found = vars(importlib.import_module(f"harness.runtimes.{name}")).values()
    classes = (each for each in found if isinstance(each, type) and issubclass(each, Runtime))
    return next((cls for cls in classes if cls.name == name), None)


def _spec(spec: str) -> object:
    module_name, _, attribute = spec.partition(":")
    try:
        return getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise UnknownRuntime(f"runtime {spec!r} cannot be loaded: {error}") from error


def _entry_point(name: str) -> object:
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        if entry.name == name:
            try:
                return entry.load()
            except Exception as error:
                raise UnknownRuntime(f"runtime {name!r} ({entry.value}): {error}") from error
    others = [entry.name for entry in importlib.metadata.entry_points(group=ENTRY_POINTS)]
    known = ", ".join([*SHIPPED, *others])
    raise UnknownRuntime(f"no runtime {name!r}; there are {known}, or give module:Class")


def load(name: str) -> Runtime:
    """The runtime `name`: one of SHIPPED, an entry point of ENTRY_POINTS, or `module:Class`.

    Loading a runtime imports its adapter, never its framework. Raises UnknownRuntime.
    """
    if name in SHIPPED:
        cls: object = _shipped(name)
    else:
        cls = _spec(name) if ":" in name else _entry_point(name)
    if not (isinstance(cls, type) and issubclass(cls, Runtime)):
        raise UnknownRuntime(f"runtime {name!r} is {cls!r}, not a subclass of Runtime")
    return cls()
