"""Logs, traces and metrics of a process: what leaves it is allow-listed, so that no personal datum can slip in."""

from __future__ import annotations

import logging
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from threading import Thread

import orjson
from opentelemetry import metrics, trace
from opentelemetry._logs import LoggerProvider as Loggers
from opentelemetry._logs import SeverityNumber
from opentelemetry.context import Context
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from service_kit.settings import TelemetrySettings

FIELDS = (
    "method", "route", "status", "milliseconds", "problem", "consumer", "topic", "partition", "sequence", "position",
    "event_id", "event_type", "error", "attempt", "seconds", "count", "task", "file", "line_number", "relay",
    "message_id", "kind", "channel", "outcome",
)  # fmt: skip
"""What a log line may carry beside time, level, logger, trace and its constant message. Ids of events, never of
people."""

FLUSH_SECONDS_MAX = 3
REPEAT_AFTER_SECONDS = 10
LINKS_MAX = 128
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
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            line["trace_id"] = f"{span.trace_id:032x}"
        return orjson.dumps(line | _allowed(record)).decode()


class Unrepeated(logging.Filter):
    """Lets through each message of `library` once in `REPEAT_AFTER_SECONDS`: aiokafka tells of a broker that is away
    thirty times a second."""

    def __init__(self, library: str) -> None:
        super().__init__()
        self._library = library
        self._said_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(self._library):
            return True
        message = _constant(record)
        if record.created - self._said_at.get(message, 0) < REPEAT_AFTER_SECONDS:
            return False
        self._said_at[message] = record.created
        return True


class OverOtlp(logging.Handler):
    """The same lines as OTLP log records: the constant message as body, the allowed fields as attributes."""

    def __init__(self, loggers: Loggers) -> None:
        super().__init__()
        self._loggers = loggers

    def emit(self, record: logging.LogRecord) -> None:
        self._loggers.get_logger(record.name).emit(
            timestamp=int(record.created * 1e9),
            # Python's DEBUG, INFO, WARNING, ERROR, CRITICAL are 10 to 50; OpenTelemetry's 5, 9, 13, 17, 21.
            severity_number=SeverityNumber(min(record.levelno // 10 * 4 + 1, 21)),
            severity_text=record.levelname,
            body=_constant(record),
            attributes=_allowed(record),
        )


def _allowed(record: logging.LogRecord) -> dict[str, str | int | float | list[str]]:
    """The fields that may leave; of anything but a number or a text its type only, for it may quote somebody."""
    facts: dict[str, str | int | float | list[str]] = {}
    for name in FIELDS:
        value = getattr(record, name, None)
        if value is not None:
            facts[name] = value if isinstance(value, str | int | float) else type(value).__name__
    if record.exc_info and record.exc_info[1] is not None:
        facts |= _where_it_broke(record.exc_info[1])
    return facts


def _constant(record: logging.LogRecord) -> str:
    """The template of a message. asyncio writes errors and arguments into its templates: of those, the first words."""
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    first = record.msg.split("\n", 1)[0]
    return " ".join(first.split(" ")[:3]) if record.name == "asyncio" else first


def _where_it_broke(error: BaseException) -> dict[str, str | list[str]]:
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


@contextmanager
def started(service: str, settings: TelemetrySettings) -> Iterator[None]:
    """Logs, traces and metrics of this process, set up once; at the end what is left goes out, if it can in time.

    Metrics are read by Prometheus in any case; all three go out over OTLP where an endpoint is set, which the
    exporters read from the environment themselves, like the sampler and whatever else OpenTelemetry names.
    """
    known = Resource({"service.version": version("service-kit"), "service.instance.id": str(uuid.uuid4())})
    resource = known.merge(Resource.create({"service.name": service}))
    tracing = TracerProvider(resource=resource, shutdown_on_exit=False)
    loggers = LoggerProvider(resource=resource, shutdown_on_exit=False)
    readers: list[MetricReader] = [PrometheusMetricReader(scope_info_enabled=False)]
    lines = logging.StreamHandler(sys.stdout)
    lines.setFormatter(AllowListed(service))
    handlers: list[logging.Handler] = [lines]
    if settings.otel_exporter_otlp_endpoint:
        # Imported where they are wanted: with what is under them they are a twentieth of a process's start.
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        if settings.otel_metrics_exporter == "otlp":
            readers.append(PeriodicExportingMetricReader(OTLPMetricExporter()))
        if settings.otel_logs_exporter == "otlp":
            loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
            handlers.append(OverOtlp(loggers))
    if settings.trace_file:
        tracing.add_span_processor(SimpleSpanProcessor(FileExporter(settings.trace_file)))
    figures = MeterProvider(readers, resource, shutdown_on_exit=False)
    trace.set_tracer_provider(tracing)
    metrics.set_meter_provider(figures)
    for handler in handlers:
        handler.addFilter(Unrepeated("aiokafka"))
    logging.basicConfig(level=settings.log_level, handlers=handlers, force=True)
    for noisy in ("httpx", "httpcore", "aiokafka", "uvicorn.access", "psycopg.pool", "yoyo"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        yield
    finally:
        _end([tracing.shutdown, loggers.shutdown, figures.shutdown])


def _end(shutdowns: Sequence[Callable[[], object]]) -> None:
    """In threads that nobody waits for: a collector that is away must not keep the process from its end."""
    ends = [Thread(target=shutdown, daemon=True) for shutdown in shutdowns]
    for end in ends:
        end.start()
    deadline = time.monotonic() + FLUSH_SECONDS_MAX
    for end in ends:
        end.join(max(0, deadline - time.monotonic()))


@contextmanager
def spanned(
    name: str,
    parent: Context | None,
    kind: SpanKind,
    attributes: Mapping[str, AttributeValue] | None = None,
    links: Sequence[Link] = (),
) -> Iterator[Span]:
    """A span around a block. Of an error it keeps the type only: the text may quote what a person wrote."""
    with tracer.start_as_current_span(
        name, parent, kind, attributes, links, record_exception=False, set_status_on_exception=False
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


def links_to(traceparents: Iterable[str | None]) -> list[Link]:
    """Links from a span to those that led to it, for one that has several causes; as many as a span keeps."""
    sampled = (value for value in traceparents if value is not None and value.endswith("-01"))
    contexts = (get_current_span(context_from(value)).get_span_context() for value in islice(sampled, LINKS_MAX))
    return [Link(context) for context in contexts]


def context_from(value: str | None) -> Context | None:
    """The context that `traceparent` names, as the parent of a new span."""
    return _propagator.extract({"traceparent": value}) if value else None
