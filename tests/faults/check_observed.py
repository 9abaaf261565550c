"""Who looks on sees it: every panel and rule in Prometheus, and a booking as one trace, by the collector, in Jaeger.

`make faults-compose` runs it last, against `make up DEMO=1 REPLICAS=2 OBSERVE=1`; what is not up is skipped.
"""

from __future__ import annotations

import os
from typing import Any

import httpx
import pytest
from deploy.observed import RULES, queries

from .stack import Stack, until
from .test_one_trace import ADDRESS, BOOKING, CONSUMER, MAIL, MESSAGE, RELAY, STORE

PROMETHEUS = f"http://127.0.0.1:{os.environ.get('PROMETHEUS_PORT', '9090')}/api/v1"
JAEGER = f"http://127.0.0.1:{os.environ.get('JAEGER_PORT', '16686')}/api"


def get(url: str, **query: Any) -> Any:
    """What the answer calls `data`."""
    try:
        answer = httpx.get(url, params=query, timeout=30, trust_env=False)
    except httpx.TransportError:
        pytest.skip(f"nothing answers at {url}: make up OBSERVE=1")
    return answer.raise_for_status().json()["data"]


def test_every_process_is_scraped_and_every_rule_is_evaluated_without_an_error(stack: Stack) -> None:
    scraped = [target for target in get(f"{PROMETHEUS}/targets")["activeTargets"] if target["health"] == "up"]
    rules = [rule for group in get(f"{PROMETHEUS}/rules")["groups"] for rule in group["rules"]]

    assert len(scraped) == len(stack.with_database) + 2  # the portal has no database
    assert {(rule["name"], rule["health"]) for rule in rules} == {(rule["alert"], "ok") for rule in RULES}


def test_every_panel_and_every_scaler_shows_something(stack: Stack) -> None:
    shown = {name: asked for name, asked in queries().items() if not name.startswith("alert ")}

    empty = {
        query
        for asked in shown.values()
        for query in asked
        if not get(f"{PROMETHEUS}/query", query=_here(query))["result"]
    }

    assert empty == set()


def test_a_booking_is_one_trace_from_the_request_to_the_mail_server(stack: Stack) -> None:
    wanted = {BOOKING, STORE, RELAY, CONSUMER, MESSAGE, ADDRESS, MAIL}

    def whole() -> bool:
        traces = get(f"{JAEGER}/traces", service=BOOKING[0], operation=BOOKING[1], limit=50, lookback="1h")
        return any(wanted <= hops(trace) for trace in traces)

    until("Jaeger has a whole trace", whole, 60)


def _here(query: str) -> str:
    """Where nothing failed, what went well stands for it: it has the same labels. And containers have no namespace."""
    return query.replace('"5.."', '"2.."').replace('namespace="rendezvous", ', "")


def hops(trace: dict[str, Any]) -> set[tuple[str, str]]:
    """(service, span) of all that is in it."""
    services = {key: process["serviceName"] for key, process in trace["processes"].items()}
    return {(services[span["processID"]], span["operationName"]) for span in trace["spans"]}
