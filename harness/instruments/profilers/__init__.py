"""Profiles: of runtimes (`python -m harness profile`), and decorators for your own functions."""

from harness.instruments.profilers.decorators import (
    clear,
    disable,
    enable,
    memory_profile,
    profile,
    report,
    results,
)

__all__ = ["clear", "disable", "enable", "memory_profile", "profile", "report", "results"]
