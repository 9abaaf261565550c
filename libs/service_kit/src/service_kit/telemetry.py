"""Logs and traces: JSON lines whose fields are allow-listed one by one, so that no personal datum can slip in."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import orjson
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from service_kit.settings import TelemetrySettings

FIELDS = (
    "method", "route", "status", "milliseconds", "problem", "consumer", "topic", "partition", "sequence", "position",
    "event_id", "event_type", "error", "attempt", "seconds", "count", "task", "file", "line_number", "relay",
    "message_id", "kind", "channel", "outcome",
)  # fmt: skip
"""What a log line may carry beside time, level, logger and its constant message. Ids of events, never of people."""

tracer = trace.get_tracer("service_kit")
_propagator = TraceContextTextMapPropagator()


class AllowListed(logging.Formatter):
    """One JSON object a line. The message is the constant template: arguments are never formatted into it."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": _constant(record),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1] is not None:
            line |= _where_it_broke(record.exc_info[1])
        return orjson.dumps(line, default=str).decode()


def _constant(record: logging.LogRecord) -> str:
    """The template of a message. asyncio writes errors and arguments into its templates: of those, the first words."""
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    first = record.msg.split("\n", 1)[0]
    return " ".join(first.split(" ")[:3]) if record.name == "asyncio" else first


def _where_it_broke(error: BaseException) -> dict[str, object]:
    """The type of an error and the places it passed; never its text, which may quote what a person wrote."""
    places = []
    walked = error.__traceback__
    while walked is not None:
        code = walked.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{walked.tb_lineno}:{code.co_name}")
        walked = walked.tb_next
    return {"error": type(error).__name__, "at_code": places[-8:]}


class FileExporter(SpanExporter):
    """Finished spans as JSON lines in a file, for the demo and the tests."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            self._file.write((span.to_json(indent=None) or "{}") + "\n")
        self._file.flush()
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self._file.close()


def start(service: str, settings: TelemetrySettings) -> None:
    """Set up logging and tracing of this process, once, at its start."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(AllowListed(service))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "aiokafka", "uvicorn.access", "psycopg.pool", "yoyo"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    if settings.otel_exporter_otlp_endpoint:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    if settings.trace_file:
        provider.add_span_processor(SimpleSpanProcessor(FileExporter(settings.trace_file)))
    trace.set_tracer_provider(provider)


@contextmanager
def spanned(name: str, parent: Context | None, kind: SpanKind) -> Iterator[Span]:
    """A span around a block. Of an error it keeps the type only: the text may quote what a person wrote."""
    with tracer.start_as_current_span(
        name, context=parent, kind=kind, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise


def traceparent() -> str | None:
    """The W3C trace context of the current span, to be handed on; None outside of any."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


def context_from(value: str | None) -> Context | None:
    """The context that `traceparent` names, as the parent of a new span."""
    return _propagator.extract({"traceparent": value}) if value else None
