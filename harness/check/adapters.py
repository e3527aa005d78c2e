"""What the adapter of a runtime says of itself and its framework, which need not be installed."""

import sys

from harness.runtimes import UnknownRuntime, load


def says(runtime: str) -> str:
    """What the adapter of a runtime says of itself, a line a paragraph; "" without one."""
    try:
        doc = sys.modules[type(load(runtime)).__module__].__doc__ or ""
    except UnknownRuntime:
        return ""
    return "\n\n".join(" ".join(part.split()) for part in doc.split("\n\n"))


def packages(runtime: str) -> set[str]:
    """Those that an adapter imports, the framework's own; empty without one."""
    try:
        return {module.partition(".")[0] for module in load(runtime).imports}
    except UnknownRuntime:  # somebody's adapter, which is not here
        return set()
