"""Sends spans to an OpenTelemetry collector. Nothing of OpenTelemetry is loaded where no endpoint is set."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import Context
from typing import TYPE_CHECKING

from coachroom.errors import SettingsError
from coachroom.traces.spans import Detail
from coachroom.traces.work import Work

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
    from opentelemetry.trace import Span as OpenSpan

log = logging.getLogger(__name__)

SERVICE = "coachroom"
TIMEOUT_SECONDS = 5
# How long the end of the process waits for the last spans.
GOODBYE_SECONDS = 3.0
TRACES_PATH = "/v1/traces"
# Of one span: a commit may have hundreds of causes.
MAX_CAUSES = 32


class _Span:
    def __init__(self, span: OpenSpan) -> None:
        self._span = span

    def note(self, details: Mapping[str, Detail]) -> None:
        """Says more of it."""
        self._span.set_attributes(_attributes(details))

    def fail(self, error: BaseException) -> None:
        """It ended by an error of this class."""
        from opentelemetry.trace import StatusCode  # noqa: PLC0415 - the extra may be missing

        self._span.set_attribute("error.type", type(error).__name__)
        self._span.set_status(StatusCode.ERROR)


class OpenTelemetry:
    """Spans to the collector at `endpoint`, from a thread of its own: a collector that is away holds nobody up."""

    def __init__(self, endpoint: str, *, replica: str) -> None:
        """`endpoint`: its address without the path. Raises SettingsError where the extra is not installed."""
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        except ImportError:
            raise SettingsError(
                "COACHROOM_OTLP_ENDPOINT needs OpenTelemetry: install coachroom with its extra `traces`, or leave "
                "the setting out."
            ) from None
        resource = Resource.create({"service.name": SERVICE, "service.instance.id": replica})
        self._provider: TracerProvider = TracerProvider(resource=resource, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + TRACES_PATH, timeout=TIMEOUT_SECONDS)
        # It would write a line for every round of spans that nobody takes; ours writes one.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._provider.add_span_processor(BatchSpanProcessor(_saying_once(exporter)))
        self._tracer = self._provider.get_tracer(SERVICE)

    @contextmanager
    def start(self, work: Work, details: Mapping[str, Detail], causes: Iterable[Context]) -> Iterator[_Span]:
        """A span until the block ends."""
        from opentelemetry.trace import Link, get_current_span  # noqa: PLC0415

        asked = (cause.run(get_current_span).get_span_context() for cause in causes)
        links = [Link(each) for each in asked if each.is_valid][:MAX_CAUSES]
        with self._tracer.start_as_current_span(
            work,
            attributes=_attributes(details),
            links=links,
            # Both would write down what the error says.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield _Span(span)

    def trace_id(self) -> str | None:
        """That of the present span."""
        from opentelemetry.trace import format_trace_id, get_current_span  # noqa: PLC0415

        present = get_current_span().get_span_context()
        return format_trace_id(present.trace_id) if present.is_valid else None

    def close(self) -> None:
        """Sends what waits, for at most GOODBYE_SECONDS."""
        last = threading.Thread(target=self._provider.shutdown, name="last-spans", daemon=True)
        last.start()
        last.join(GOODBYE_SECONDS)


def _saying_once(exporter: SpanExporter) -> SpanExporter:
    """The exporter, which says once that the collector takes no spans, until it takes some again."""
    from opentelemetry.sdk.trace.export import SpanExportResult  # noqa: PLC0415

    export, reached = exporter.export, True

    def export_and_say(spans: Sequence[ReadableSpan]) -> SpanExportResult:
        nonlocal reached
        answer = export(spans)
        if reached and answer is not SpanExportResult.SUCCESS:
            log.warning("the collector of COACHROOM_OTLP_ENDPOINT takes no spans: they are dropped until it does")
        reached = answer is SpanExportResult.SUCCESS
        return answer

    exporter.export = export_and_say  # type: ignore[method-assign]
    return exporter


def _attributes(details: Mapping[str, Detail]) -> dict[str, Detail]:
    return {f"{SERVICE}.{name}": value for name, value in details.items()}
