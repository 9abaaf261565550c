"""One trace from a request through log, relay and consumer, read back over OTLP; figures by Prometheus; no leak."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import pytest
from embedded_parts.otlp import OtlpReceiver, Span

from .running import Parts, Running

CANARY = "Camille-Exemple-0639980001"
TRACE = "0af7651916cd43dd8448eb211c80319c"
ASKED = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def receiver() -> Iterator[OtlpReceiver]:
    with OtlpReceiver() as opened:
        yield opened


@pytest.fixture(scope="module")
def service(own_parts: Parts, receiver: OtlpReceiver) -> Iterator[Running]:
    """Told to export everything each half second."""
    often = {"OTEL_BSP_SCHEDULE_DELAY": "500", "OTEL_BLRP_SCHEDULE_DELAY": "500", "OTEL_METRIC_EXPORT_INTERVAL": "500"}
    running = Running(own_parts, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, **often)
    try:
        running.until(running.ready)
        yield running
    finally:
        running.end()


def test_one_trace_leads_from_the_request_through_log_and_relay_to_what_a_consumer_did(
    service: Running, receiver: OtlpReceiver
) -> None:
    assert service.ask("/v1/say/traced", "POST", traceparent=ASKED).status_code == 201

    def found() -> dict[str, Span]:
        return {span.name: span for span in receiver.spans() if span.trace == TRACE}

    names = (
        "POST /v1/say/{who}",
        "send directory.practitioners.v1",
        "process rendezvous.directory.PractitionerWithdrawn.v1",
    )
    service.until(lambda: set(names) <= found().keys())
    asked, sent, processed = (found()[name] for name in names)
    assert (asked.parent, sent.parent, processed.parent) == ("b7ad6b7169203331", asked.id, sent.id)
    assert sent.attributes["messaging.destination.name"] == "directory.practitioners.v1"
    assert asked.attributes["http.route"] == "/v1/say/{who}"
    assert asked.resource["service.name"] == "directory"
    assert asked.resource["service.version"]
    assert asked.resource["service.instance.id"]
    service.until(lambda: TRACE in {line.trace for line in receiver.logs() if line.message == "request"})


def test_prometheus_and_otlp_are_told_the_same_figures(service: Running, receiver: OtlpReceiver) -> None:
    assert service.ask("/v1/heard").status_code == 200
    text = service.health("/metrics").text
    counted = 'http_request_method="GET",http_response_status_code="200",http_route="/v1/heard",url_scheme="http"'
    assert f"http_server_request_duration_seconds_count{{{counted}}}" in text
    for task in ("relay", "consumer of directory"):
        assert f'background_task_failing{{task="{task}"}} 0' in text
        assert f'background_task_failures_total{{task="{task}"}} 0' in text
    assert "health_ready 1.0" in text
    for dependency in ("database", "broker"):
        assert f'health_dependency_away{{dependency="{dependency}"}} 0.0' in text
    for figure in ("process_cpu_seconds_total", "process_resident_memory_bytes", 'service_name="directory"'):
        assert figure in text
    service.until(lambda: "http.server.request.duration" in receiver.metrics())
    assert {"background_task.failing", "background_task.failures"} <= receiver.metrics()


def test_what_a_person_sends_leaves_by_no_face(service: Running, receiver: OtlpReceiver) -> None:
    """Neither in logs, traces and metrics, nor in an answer that quotes what was asked."""
    answers = [
        service.ask(f"/v1/broken/{CANARY}?q={CANARY}", cookie=CANARY, traceparent=ASKED),
        service.ask(f"/{CANARY}"),
        service.ask("/v1/heard", "PUT", referer=CANARY),
        service.ask("/v1/heard", position_at_least=f"{CANARY}=1"),
        service.ask("/v1/heard", authorization=f"Bearer {CANARY}", user_agent=CANARY),
    ]
    assert [answer.status_code for answer in answers] == [500, 404, 405, 200, 200]
    service.until(lambda: "RuntimeError" in {line.attributes.get("error") for line in receiver.logs()})
    service.until(lambda: "GET /v1/broken/{who}" in {span.name for span in receiver.spans()})
    service.output.seek(0)
    written = service.output.read()
    assert "RuntimeError" in {json.loads(line).get("error") for line in written.splitlines()}
    assert "broken for %s" in written
    exported = b"".join(body for _, body in receiver.bodies)
    said = "".join(answer.text for answer in answers)
    for face in (written, exported.decode(errors="replace"), service.health("/metrics").text, said):
        assert CANARY not in face


def test_metrics_and_logs_stay_where_they_are_read_otherwise(own_parts: Parts) -> None:
    none = {"OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none", "OTEL_METRIC_EXPORT_INTERVAL": "200"}
    with OtlpReceiver() as receiver:
        running = Running(own_parts, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, **none)
        try:
            running.until(running.ready)
            assert running.ask("/v1/say/quiet", "POST", traceparent=ASKED).status_code == 201
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(15) == 0
        finally:
            running.end()
        assert {path for path, _ in receiver.bodies} == {"/v1/traces"}


def test_a_collector_that_is_away_does_not_keep_a_process_from_its_end(own_parts: Parts) -> None:
    running = Running(own_parts, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    try:
        running.until(running.ready)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(15) == 0
    finally:
        running.end()
