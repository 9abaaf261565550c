"""The way in of docker-compose.yml leads where the Gateway of deploy/k8s leads, and says what the services say."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml
from booking.entrypoints.http_events import ALIVE_SECONDS, STREAM_SECONDS_MAX
from service_kit.problems import Problem

from .stack import ROOT, SERVICES, read

EDGE = (ROOT / "deploy/compose/edge.cfg").read_text()
FEED = ("booking", "/v1/events")
BACKENDS = dict(re.findall(r"^backend (\w+)\n((?:  .*\n?)+)", EDGE, re.MULTILINE))


def _routes() -> list[dict[str, Any]]:
    text = (ROOT / "deploy/k8s/components/gateway/routes.yaml").read_text()
    return [route for route in yaml.safe_load_all(text) if route["kind"] == "HTTPRoute"]


def test_each_name_leads_to_the_service_to_which_the_gateway_leads_it() -> None:
    by_host = {route["spec"]["hostnames"][0]: route["metadata"]["name"] for route in _routes()}
    apis = {name for host, name in by_host.items() if ".api." in host}
    named = re.search(r"use_backend .* \{ hdr\(host\),field\(1,\.\) ([a-z ]+) \}$", EDGE, re.MULTILINE)
    default = re.search(r"default_backend (\w+)", EDGE)

    assert named is not None
    assert default is not None
    assert set(named[1].split()) == apis
    assert {default[1]} | apis == set(by_host.values()) == BACKENDS.keys() == set(SERVICES)


def test_a_backend_is_every_process_of_its_service_and_gives_it_the_time_of_the_gateway() -> None:
    for name, lines in BACKENDS.items():
        assert re.search(rf"^  server-template {name}- 8 {name}:8000$", lines, re.MULTILINE), name
    limits = {timeouts["backendRequest"] for path, timeouts in _timeouts().items() if path != FEED}
    assert re.findall(r"timeout server (\S+) #", EDGE) == [*limits]


def test_the_feed_may_stream_for_as_long_as_it_does() -> None:
    longest = STREAM_SECONDS_MAX + ALIVE_SECONDS  # it looks at the clock after each wait for news
    timeouts = _timeouts()[FEED]

    assert all(longest < float(limit.removesuffix("s")) <= 2 * longest for limit in timeouts.values())
    # HAProxy counts from the last octet, and the feed is never silent.
    silent = re.search(r"timeout server (\d+)s", EDGE)
    assert silent is not None
    assert int(silent[1]) > ALIVE_SECONDS


def _timeouts() -> dict[tuple[str, str], dict[str, str]]:
    """By route and path."""
    return {
        (route["metadata"]["name"], match["path"]["value"]): rule["timeouts"]
        for route in _routes()
        for rule in route["spec"]["rules"]
        for match in rule["matches"]
    }


def test_readiness_is_asked_and_only_a_refused_connection_goes_elsewhere() -> None:
    assert "  option httpchk GET /ready\n" in EDGE
    assert "check port 8001" in EDGE
    assert re.findall(r"retry-on (.*?) #", EDGE) == ["conn-failure"]


def test_where_nobody_is_ready_the_edge_says_what_a_service_would_say() -> None:
    said = re.search(r"http-error status 503 content-type (\S+) hdr Retry-After 1 string '(.*)'$", EDGE, re.MULTILINE)

    assert said is not None
    assert said[1] == "application/problem+json"
    assert json.loads(said[2]) == json.loads(Problem("unavailable").body("en"))


def test_only_the_edge_is_open_for_the_site_and_it_is_believed_about_whose_request_it_is() -> None:
    services = read()["services"]

    assert [name for name in (*SERVICES, "edge") if "ports" in services[name]] == ["edge"]
    assert all(services[name]["environment"]["FORWARDED_ALLOW_IPS"] for name in SERVICES)
