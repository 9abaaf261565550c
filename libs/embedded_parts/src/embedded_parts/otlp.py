"""A receiver of OTLP over HTTP on loopback: it decodes what services export, so that a test can read it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue


@dataclass(frozen=True)
class Span:
    """A finished span; ids are lower-case hex, `parent` is empty for a root. `resource`: what says which process."""

    trace: str
    id: str
    parent: str
    name: str
    attributes: Mapping[str, str]
    resource: Mapping[str, str]


@dataclass(frozen=True)
class LogLine:
    """A log record: the constant message, the trace in which it was said, if any, and its fields."""

    trace: str
    message: str
    attributes: Mapping[str, str]
    resource: Mapping[str, str]


class OtlpReceiver:
    """Point `OTEL_EXPORTER_OTLP_ENDPOINT` at `url`. `bodies` holds every request as it came, by its path."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, bytes]] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> OtlpReceiver:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def spans(self) -> Iterator[Span]:
        """All that have come so far."""
        for body in self._of("/v1/traces"):
            for one in ExportTraceServiceRequest.FromString(body).resource_spans:
                resource = _plain(one.resource.attributes)
                for span in (span for scope in one.scope_spans for span in scope.spans):
                    yield Span(
                        span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), span.name,
                        _plain(span.attributes), resource,
                    )  # fmt: skip

    def logs(self) -> Iterator[LogLine]:
        """All that have come so far."""
        for body in self._of("/v1/logs"):
            for one in ExportLogsServiceRequest.FromString(body).resource_logs:
                resource = _plain(one.resource.attributes)
                for line in (line for scope in one.scope_logs for line in scope.log_records):
                    yield LogLine(line.trace_id.hex(), line.body.string_value, _plain(line.attributes), resource)

    def metrics(self) -> set[str]:
        """The names of all metrics that have come so far."""
        return {
            metric.name
            for body in self._of("/v1/metrics")
            for one in ExportMetricsServiceRequest.FromString(body).resource_metrics
            for scope in one.scope_metrics
            for metric in scope.metrics
        }

    def _of(self, path: str) -> list[bytes]:
        return [body for asked, body in list(self.bodies) if asked == path]


def _plain(attributes: Iterable[KeyValue]) -> dict[str, str]:
    found = {}
    for one in attributes:
        kind = one.value.WhichOneof("value")
        found[one.key] = "" if kind is None else str(getattr(one.value, kind))
    return found
