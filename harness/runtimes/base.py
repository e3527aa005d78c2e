"""What a runtime is: one framework behind two small objects, an agent and a workflow.

A runtime knows its framework and the model script, and nothing of measuring. What the
framework itself cannot do raises NotImplementedError with the reason (asv shows n/a); it is
never emulated here. A run that failed, was denied or cut short raises RunFailed: the
benchmarks must never time it as a fast success.
"""

from __future__ import annotations

import functools
import importlib
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from harness.workload.dag import Dag
from harness.workload.model import Model


class RunFailed(RuntimeError):
    """The framework reported, returned or implied that a run did not succeed."""


class Agent:
    """One agent of the framework, built on a model."""

    acts_on: frozenset[str] = frozenset()
    """Of what `Script.more` may ask for, what its runs act on; it is n/a for all else."""

    def run(self, prompt: str) -> str:
        """One run in the calling thread; returns the final reply text."""
        raise NotImplementedError(f"{type(self).__name__} has no synchronous entry point")

    async def arun(self, prompt: str) -> str:
        """One run on the running event loop; returns the final reply text."""
        raise NotImplementedError(f"{type(self).__name__} has no asyncio entry point")

    def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        """One run on the running event loop; yields the final reply's text as it arrives.

        Piece by piece as the model sends it, without empty pieces: what a framework holds back
        or joins together shows. The text of tool rounds is left out.
        """
        raise NotImplementedError(f"{type(self).__name__} has no streaming entry point")


class Workflow:
    """One workflow of the framework, built from a DAG; reusable, one run at a time."""

    def run(self) -> dict[str, str]:
        """One run in the calling thread; returns step name -> reply text."""
        raise NotImplementedError(f"{type(self).__name__} has no synchronous entry point")

    async def arun(self) -> dict[str, str]:
        """One run on the running event loop; returns step name -> reply text."""
        raise NotImplementedError(f"{type(self).__name__} has no asyncio entry point")


@dataclass(frozen=True)
class Shipped:
    """An agent (or entry point) that the framework itself ships, with valid input.

    call: runs it once and returns its raw result.
    check: raises RunFailed unless the result is the expected one.
    threaded: it hands its work to threads, whose races make Python calls inexact.
    acall: what `call` runs on an event loop, where the entry point is a coroutine function.
    """

    call: Callable[[], object]
    check: Callable[[object], None]
    threaded: bool = False
    acall: Callable[[], Awaitable[object]] | None = None


class Sink(Protocol):
    """Where a framework's own tracing ends up, in memory."""

    def __len__(self) -> int: ...

    def clear(self) -> None: ...


Observed = AbstractContextManager[Sink]


class Runtime(ABC):
    """One framework, as installed in the running interpreter."""

    name: str = ""
    """Short name, as in AGENT_RUNTIME."""

    package: str = ""
    """Distribution whose version is measured; empty for the floor."""

    imports: tuple[str, ...] = ()
    """Modules a program that builds agents and workflows imports, in order."""

    workflows: str = ""
    """Its workflows, "module:Class" of a dag and a model; imported when the first one is built."""

    shipped_names: tuple[str, ...] = ()
    """Agents the framework ships; static, because asv lists parameters without importing it."""

    @abstractmethod
    def agent(self, model: Model) -> Agent:
        """A new agent on `model`, with the tools that its script offers.

        A model with a `url` (RemoteModel) is asked through the framework's own OpenAI client,
        with retries off and no proxies; NotImplementedError if it has none.
        """

    def workflow(self, dag: Dag, model: Model) -> Workflow:
        """A new workflow of `dag`, each step one agent call on `model`."""
        if not self.workflows:
            raise NotImplementedError(f"{self.name} has no workflows")
        module, _, name = self.workflows.partition(":")
        made: Workflow = getattr(importlib.import_module(module), name)(dag, model)
        return made

    def guarded(self, dag: Dag, model: Model) -> Workflow:
        """The same with the framework's policy checks as it ships them; elsewhere they are off."""
        raise NotImplementedError(f"{self.name} checks no policies before a workflow")

    def shipped(self, name: str) -> Shipped:
        """The shipped agent `name`, built and ready to call."""
        raise NotImplementedError(f"{self.name} ships no agent {name!r}")

    def observed(self) -> Observed:
        """Turns the framework's own tracing on, into memory, and off again.

        The sink holds one entry for each span that ended. May be entered again and again.
        """
        raise NotImplementedError(f"{self.name} has no tracing of its own")

    def version(self) -> str:
        """Version of the installed framework; ImportError without it.

        "" for the floor, and for a checkout on the path that nobody installed.
        """
        if not self.package:
            return ""
        import importlib.metadata  # too slow for every worker to import
        import importlib.util

        try:
            return importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:
            if importlib.util.find_spec(self.imports[0].partition(".")[0]):
                return ""
            raise ImportError(
                f"{self.package} is not installed for {sys.executable}: use --release or --python"
            ) from None

    @property
    def spec(self) -> str:
        """`module:Class`, by which another process loads it."""
        return f"{type(self).__module__}:{type(self).__qualname__}"

    def release(self) -> str:
        """Package and version, as reasons name them."""
        return f"{self.package} {self.version()}".rstrip()

    def load(self) -> None:
        """Import the framework; NotImplementedError if it does not import as installed."""
        if reason := _import_failure(self.imports):
            raise NotImplementedError(f"{self.release()} does not import as installed: {reason}")


@functools.cache
def _import_failure(modules: tuple[str, ...]) -> str:
    """Why these do not import, or "". Tried once: what a failed import leaves could import else."""
    try:
        for module in modules:
            importlib.import_module(module)
    except ImportError as error:
        return why(error)
    except Exception as error:  # a commit may have anything in it
        return " ".join(f"{type(error).__name__}: {error}".split())
    return ""


def why(error: ImportError) -> str:
    """What was missing, in one line and without the place where it was looked for."""
    return " ".join(str(error).replace(f" ({error.path})", "").split())
