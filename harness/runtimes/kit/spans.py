"""OpenTelemetry spans kept in memory, for frameworks that trace with it."""

from __future__ import annotations

import functools
from typing import Any


class SpanSink:
    """The finished spans of an in-memory exporter."""

    def __init__(self, exporter: Any) -> None:
        self._exporter = exporter

    def __len__(self) -> int:
        return len(self._exporter.get_finished_spans())

    def clear(self) -> None:
        """Forget the spans seen so far."""
        self._exporter.clear()


@functools.cache
def in_memory() -> tuple[Any, SpanSink]:
    """A tracer provider that exports each span when it ends, and where the spans are then.

    One for the process: tracing is switched on and off many times. Raises NotImplementedError
    where the SDK is not installed.
    """
    try:
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    except ImportError as error:
        raise NotImplementedError("opentelemetry-sdk is not installed here") from error
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, SpanSink(exporter)
