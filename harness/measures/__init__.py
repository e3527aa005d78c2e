"""A cell in, named figures out: what worker processes do for the benchmarks.

A measure is a function of a module of this folder, marked with `@measure` and known by its name. It
takes a runtime and its arguments and returns `{figure: value}`. Times are seconds, memory is bytes,
everything is lower-is-better. A run that fails makes the measure raise.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import TypeVar

Figures = dict[str, float]
Measure = TypeVar("Measure", bound=Callable[..., Figures])

_MEASURES: dict[str, Callable[..., Figures]] = {}


def measure(function: Measure) -> Measure:
    """Mark a function as a measure."""
    if _MEASURES.setdefault(function.__name__, function) is not function:
        raise ValueError(f"two measures are named {function.__name__}")
    return function


def find(name: str) -> Callable[..., Figures]:
    """The measure of this name; LookupError where no module of this folder has one."""
    for module in pkgutil.iter_modules(__path__):  # no more of them than needed
        if name not in _MEASURES:
            importlib.import_module(f"{__name__}.{module.name}")
    if name not in _MEASURES:
        raise LookupError(f"harness.measures has no {name}")
    return _MEASURES[name]
