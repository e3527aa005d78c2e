"""The floor: the same script on the standard library alone, the least any framework could cost."""

from harness.runtimes.floor.agent import FloorRuntime

__all__ = ["FloorRuntime"]
