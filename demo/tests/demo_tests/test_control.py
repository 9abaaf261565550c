"""The demo's clock and its start page."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from demo.clock import ClockRefusal, DemoClock, parse_duration
from demo.control.http import control_app
from fastapi.testclient import TestClient

_DEMO: dict[str, Any] = {
    "services": {
        "booking": ["http://127.0.0.1:1", "http://127.0.0.1:2"],
        "portal": "http://127.0.0.1:3",
        "mailbox": "http://127.0.0.1:4",
    },
    "kafka": "127.0.0.1:5",
    "logins": {
        "patients": [{"email": f"patient{n}@example.org", "password": "p", "person_id": str(n)} for n in range(60)],
        "auditor": {"email": "auditor@example.org", "password": "<b>"},
        "secretary": {},
    },
}


@pytest.fixture
def control(tmp_path: Path) -> Iterator[TestClient]:
    clock = DemoClock(tmp_path / "clock.json")
    clock.ensure_exists()
    with TestClient(control_app(clock, tmp_path / "demo.json"), base_url="http://127.0.0.1") as client:
        yield client


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("P7D", timedelta(days=7)),
        ("PT2H30M", timedelta(hours=2, minutes=30)),
        ("P1W", timedelta(weeks=1)),
        ("P1DT1S", timedelta(days=1, seconds=1)),
    ],
)
def test_a_duration_is_read_as_iso_8601_says(text: str, meant: timedelta) -> None:
    assert parse_duration(text) == meant


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "7D", "P1M", "P1Y", "-P1D", "P-1D", "P1.5D", "P9999999D", "x"])
def test_what_has_no_fixed_length_or_goes_back_is_not_a_duration(text: str) -> None:
    with pytest.raises(ClockRefusal):
        parse_duration(text)


def test_advancing_moves_the_file_that_the_services_read(control: TestClient, tmp_path: Path) -> None:
    answer = control.post("/clock", json={"advance": "P7D"})
    assert answer.status_code == 200
    assert json.loads((tmp_path / "clock.json").read_text()) == {"offset_seconds": 7 * 86_400}
    ahead = datetime.fromisoformat(control.get("/clock").json()["now"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < ahead <= timedelta(days=7)
    assert control.post("/clock", json={"advance": "PT1H"}).json()["offset_seconds"] == 7 * 86_400 + 3600


@pytest.mark.parametrize("wish", ["-P1D", "PT0S", "P1M", "P9999D", "soon"])
def test_the_clock_does_not_move_back_stand_still_or_guess(control: TestClient, tmp_path: Path, wish: str) -> None:
    refused = control.post("/clock", json={"advance": wish})
    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["type"] == "https://rendezvous.example/problems/clock-not-moved"
    assert json.loads((tmp_path / "clock.json").read_text()) == {"offset_seconds": 0}


def test_a_second_start_keeps_the_clock(tmp_path: Path) -> None:
    DemoClock(tmp_path / "clock.json").ensure_exists()
    DemoClock(tmp_path / "clock.json").advance(timedelta(days=1))
    DemoClock(tmp_path / "clock.json").ensure_exists()
    assert DemoClock(tmp_path / "clock.json").offset_seconds == 86_400


def test_the_button_of_the_page_moves_the_clock_and_comes_back(control: TestClient) -> None:
    answer = control.post("/clock/form", data={"advance": "P1D", "lang": "en"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?lang=en")
    assert control.get("/clock").json()["offset_seconds"] == 86_400


def test_another_site_cannot_press_the_button(control: TestClient) -> None:
    answer = control.post("/clock/form", data={"advance": "P1D"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert control.get("/clock").json()["offset_seconds"] == 0


def test_the_start_page_shows_every_address_and_the_accounts_escaped(control: TestClient, tmp_path: Path) -> None:
    assert "still starting" in control.get("/?lang=en").text
    (tmp_path / "demo.json").write_text(json.dumps(_DEMO))
    page = control.get("/?lang=en")
    for address in (1, 2, 3, 4):
        assert f"http://127.0.0.1:{address}" in page.text
    assert 'href="http://127.0.0.1:2/docs"' in page.text
    assert "patient0@example.org" in page.text
    assert "60 patients" in page.text
    assert str(tmp_path / "demo.json") in page.text
    assert "curl -X POST http://127.0.0.1/clock" in page.text
    assert "&lt;b&gt;" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "dermatologue angers" in control.get("/?lang=fr").text
