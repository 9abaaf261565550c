"""Who looks on sees it: every rule and panel in Prometheus, the panels drawn, a booking as one trace in Jaeger.

`make faults-compose` runs it last, against `make up DEMO=1 REPLICAS=2 OBSERVE=1`; what is not up is skipped.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import httpx
import pytest
from deploy.observed import RULES, gone_well, queries

from .compose import PROMETHEUS
from .drawing import dashboards, page_of, panels_drawn, take_over, victoria_metrics
from .slots import agenda_of, free, offer_of
from .stack import Stack, Wish, until
from .test_one_trace import ADDRESS, BOOKING, CONSUMER, MAIL, MESSAGE, RELAY, STORE

PAST = "20m"
JAEGER = f"http://127.0.0.1:{os.environ.get('JAEGER_PORT', '16686')}/api"


def get(url: str, **query: Any) -> Any:
    """What the answer calls `data`."""
    try:
        answer = httpx.get(url, params=query, timeout=30, trust_env=False)
    except httpx.TransportError:
        pytest.skip(f"nothing answers at {url}: make up OBSERVE=1")
    return answer.raise_for_status().json()["data"]


def test_every_process_is_scraped_and_every_rule_is_evaluated_without_an_error(stack: Stack) -> None:
    scraped = [target for target in get(f"{PROMETHEUS}/api/v1/targets")["activeTargets"] if target["health"] == "up"]
    rules = [rule for group in get(f"{PROMETHEUS}/api/v1/rules")["groups"] for rule in group["rules"]]

    assert len(scraped) == len(stack.with_database) + 2  # the portal has no database
    assert {(rule["name"], rule["health"]) for rule in rules} == {(rule["alert"], "ok") for rule in RULES}


def test_every_panel_and_every_scaler_shows_something(stack: Stack) -> None:
    shown = {name: asked for name, asked in queries().items() if not name.startswith("alert ")}

    empty = {
        query
        for asked in shown.values()
        for query in asked
        if not get(f"{PROMETHEUS}/api/v1/query", query=gone_well(query))["result"]
    }

    assert empty == set()


def test_the_dashboards_are_drawn_with_every_panel(stack: Stack, tmp_path: Path) -> None:
    get(f"{PROMETHEUS}/api/v1/targets")
    with victoria_metrics(tmp_path) as victoria:
        take_over(PROMETHEUS, victoria, PAST)
        with page_of(victoria, PAST) as page:
            for number, dashboard in enumerate(dashboards()):
                shown = panels_drawn(page, dashboard)
                page.screenshot(path=os.environ.get("SCREENSHOTS", str(tmp_path)) + f"/dashboard-{number}.png")

                assert list(shown) == [panel["title"] for row in dashboard["rows"] for panel in row["panels"]]
                assert 0 not in shown.values(), shown


async def test_a_booking_is_one_trace_from_the_request_to_the_mail_server(stack: Stack) -> None:
    (patient,) = await stack.log_in(1, skip=58)
    agenda = agenda_of(stack)
    found = free(stack, agenda, agenda.short, days_ahead=60)
    start = found["slots"][0]["start"]
    (held,) = await stack.race([Wish(patient["token"], offer_of(found, start), start)])
    body = {
        "person_id": patient["person_id"],
        "consulted_before": True,
        "answers": {question["id"]: "Nothing new." for question in held.json()["questions"]},
    }
    trace = secrets.token_hex(16)
    click = {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}  # sampled, whatever share of the others is
    confirm = f"/v1/holds/{held.json()['id']}/confirm"
    stack.api.as_(patient["token"]).call("POST", "booking", confirm, body, headers=click, expect=(200, 201))
    wanted = {BOOKING, STORE, RELAY, CONSUMER, MESSAGE, ADDRESS, MAIL}

    def whole() -> bool:
        answer = httpx.get(f"{JAEGER}/traces/{trace}", timeout=30, trust_env=False)
        return answer.status_code == 200 and wanted <= hops(answer.json()["data"][0])

    get(f"{JAEGER}/services")
    until("Jaeger has the whole trace", whole, 180)


def hops(trace: dict[str, Any]) -> set[tuple[str, str]]:
    """(service, span) of all that is in it."""
    services = {key: process["serviceName"] for key, process in trace["processes"].items()}
    return {(services[span["processID"]], span["operationName"]) for span in trace["spans"]}
