"""OpenTelemetry spans kept in memory, for frameworks that trace with it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

from harness.runtimes.base import Observed, Sink
from harness.runtimes.kit.chat import needing


@functools.cache
@needing("opentelemetry-sdk is not installed here")
def in_memory() -> tuple[Any, Sink]:
    """A tracer provider that exports each span when it ends, and where the spans are then.

    One for the process: tracing is switched on and off many times. Raises NotImplementedError
    where the SDK is not installed.
    """
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    class Spans(InMemorySpanExporter):  # type: ignore[misc]
        def __len__(self) -> int:
            return len(self.get_finished_spans())

    sink = Spans()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(sink))
    return provider, sink


@functools.cache
def listener(kind: Any, heard: str) -> tuple[Any, list[Any]]:
    """An instance of the abstract class `kind`, and the list of what its method `heard` is given.

    Its other methods do nothing. One for the process.
    """
    told: list[Any] = []

    def nothing(self: object, *given: object) -> None:
        pass

    def tell(self: object, one: object) -> None:
        told.append(one)

    methods = dict.fromkeys(kind.__abstractmethods__, nothing) | {heard: tell}
    return type("Listener", (kind,), methods)(), told


@contextlib.contextmanager
def switched(sink: Sink, on: Callable[[], object], off: Callable[[], object]) -> Iterator[Sink]:
    """Tracing into `sink` is on meanwhile; `on` and `off` are the framework's own switches."""
    on()
    try:
        yield sink
    finally:
        off()


def recorded(on: Callable[[Any], object], off: Callable[[], object]) -> Observed:
    """The same for a framework that is switched on with a tracer provider of OpenTelemetry."""
    provider, sink = in_memory()
    return switched(sink, lambda: on(provider), off)


def instrumented(instrumentor: Any) -> Observed:
    """The same for one that an instrumentor of OpenTelemetry's kind switches on."""
    return recorded(
        lambda provider: instrumentor.instrument(tracer_provider=provider),
        instrumentor.uninstrument,
    )


def everywhere() -> Observed:
    """The same for one that knows OpenTelemetry's global provider and has no switch of its own."""
    switch = _global()
    return recorded(lambda provider: switch.append(provider), switch.clear)


@functools.cache
def _global() -> list[Any]:
    """Makes a global provider, which a process can do once; it hands on to the one in the list.

    While there is none, its spans are those of a program that has no provider.
    """
    from opentelemetry import trace

    nothing, providers = trace.NoOpTracer(), list[Any]()

    class Tracer(trace.Tracer):  # type: ignore[misc]
        def __init__(self, *names: Any, **options: Any) -> None:
            self.made = functools.cache(lambda provider: provider.get_tracer(*names, **options))

        def start_span(self, *given: Any, **options: Any) -> Any:
            tracer = self.made(providers[-1]) if providers else nothing
            return tracer.start_span(*given, **options)

        def start_as_current_span(self, *given: Any, **options: Any) -> Any:
            tracer = self.made(providers[-1]) if providers else nothing
            return tracer.start_as_current_span(*given, **options)

    class Provider(trace.TracerProvider):  # type: ignore[misc]
        get_tracer = Tracer

    trace.set_tracer_provider(Provider())
    return providers
