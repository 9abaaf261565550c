"""Logs and spans carry what is allow-listed, and nothing that anybody wrote."""

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind
from service_kit import telemetry
from service_kit.telemetry import (
    FIELDS,
    LINKS_MAX,
    REPEAT_AFTER_SECONDS,
    AllowListed,
    FileExporter,
    Unrepeated,
    context_from,
    links_to,
    spanned,
    traceparent,
)

SECRET = "Camille Exemple 0639980001"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    written: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(AllowListed("booking").format(record))

    handler = Kept()
    logging.getLogger().addHandler(handler)
    with caplog.at_level(logging.DEBUG):
        yield written
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def spans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(FileExporter(tmp_path / "traces" / "spans.jsonl")))
    monkeypatch.setattr(telemetry, "tracer", provider.get_tracer("test"))
    yield tmp_path / "traces" / "spans.jsonl"
    provider.shutdown()


def test_a_line_holds_its_constant_message_and_the_allowed_fields_only(lines: list[str]) -> None:
    logging.getLogger("http").info("request of %s", SECRET, extra={"status": 200, "person": SECRET, "email": SECRET})
    line = json.loads(lines[0])
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "INFO", "service": "booking", "logger": "http", "message": "request of %s", "status": 200,
    }  # fmt: skip


def test_an_error_leaves_its_type_and_its_places_and_not_its_text(lines: list[str]) -> None:
    def deep() -> None:
        raise ValueError(SECRET)

    try:
        deep()
    except ValueError as error:
        logging.getLogger("consumer").error("it failed", exc_info=error)
    line = json.loads(lines[0])
    assert line["error"] == "ValueError"
    assert any(place.endswith(":deep") for place in line["at_code"])
    assert SECRET not in lines[0]


def test_an_object_as_message_leaves_its_type_only(lines: list[str]) -> None:
    logging.getLogger("other").warning(ValueError(SECRET))
    assert json.loads(lines[0])["message"] == "ValueError"


async def test_what_asyncio_says_of_a_lost_error_holds_none_of_its_words(lines: list[str]) -> None:
    async def fail(argument: str) -> None:
        raise ValueError(argument)

    lost = asyncio.create_task(fail(SECRET))
    await asyncio.sleep(0.01)
    del lost
    asyncio.get_running_loop().call_soon(int, SECRET)
    await asyncio.sleep(0.01)
    messages = [json.loads(line)["message"] for line in lines if '"asyncio"' in line]
    assert "Task exception was" in messages
    assert "Exception in callback" in messages
    assert SECRET not in "".join(lines)


def test_what_a_library_repeats_is_told_once_a_while_and_all_else_every_time() -> None:
    unrepeated = Unrepeated("aiokafka")

    def passes(name: str, message: str, at: float = 1_000_000) -> bool:
        record = logging.makeLogRecord({"name": name, "msg": message, "created": at})
        return bool(unrepeated.filter(record))

    assert passes("aiokafka.client", "Unable to connect to %s")
    assert not passes("aiokafka.client", "Unable to connect to %s")
    assert passes("aiokafka.client", "Something else")
    assert passes("aiokafka.client", "Unable to connect to %s", 1_000_000 + REPEAT_AFTER_SECONDS)
    assert all(passes("relay", "leading") for _ in range(2))


def test_no_field_that_may_be_logged_is_named_after_something_personal() -> None:
    personal = {"name", "first_name", "last_name", "email", "phone", "person", "account", "motive", "answer", "path"}
    assert personal.isdisjoint(FIELDS)
    assert len(set(FIELDS)) == len(FIELDS)


def test_a_span_keeps_of_an_error_its_type_only(spans: Path) -> None:
    with pytest.raises(ValueError, match="Camille"), spanned("process", None, SpanKind.CONSUMER):
        raise ValueError(SECRET)
    (line,) = spans.read_text().splitlines()
    span = json.loads(line)
    assert span["status"] == {"status_code": "ERROR"}
    assert span["attributes"] == {"error.type": "ValueError"}
    assert span["events"] == []
    assert SECRET not in line


def test_the_trace_goes_on_from_the_parent_that_is_named_and_is_handed_on(spans: Path) -> None:
    with spanned("process", context_from(PARENT), SpanKind.CONSUMER):
        handed_on = traceparent()
    assert handed_on is not None
    assert handed_on.split("-")[1] == PARENT.split("-")[1]
    assert handed_on != PARENT


def test_a_span_with_several_causes_is_linked_to_those_that_are_kept(spans: Path) -> None:
    unkept = PARENT.removesuffix("01") + "00"
    with spanned("process batch", None, SpanKind.CONSUMER, links=links_to([PARENT, None, unkept, *[PARENT] * 500])):
        pass
    (line,) = spans.read_text().splitlines()
    links = json.loads(line)["links"]
    assert {link["context"]["trace_id"] for link in links} == {"0x" + PARENT.split("-")[1]}
    assert len(links) == LINKS_MAX


@pytest.mark.parametrize("given", [None, "", "nonsense", "00-0-0-00", "00-" + "z" * 32 + "-" + "1" * 16 + "-01"])
def test_a_parent_that_cannot_be_read_begins_a_new_trace(spans: Path, given: str | None) -> None:
    with spanned("process", context_from(given), SpanKind.SERVER):
        assert trace.get_current_span().get_span_context().is_valid


def test_outside_of_any_span_there_is_no_trace_to_hand_on() -> None:
    assert traceparent() is None
