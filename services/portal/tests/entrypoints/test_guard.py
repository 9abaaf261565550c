"""What surrounds every page."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("path", ["/", "/search?q=dentiste", "/log-in", "/no/such/page", "/static/x/base.css"])
async def test_every_answer_carries_the_headers_that_a_browser_enforces(visit, path: str) -> None:
    async with visit() as client:
        answer = await client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "geolocation=()" in answer.headers["Permissions-Policy"]


async def test_only_a_site_over_tls_promises_to_stay_there(visit) -> None:
    async with visit(https=True) as client:
        assert "max-age" in (await client.get("/")).headers["Strict-Transport-Security"]
    async with visit(https=False) as client:
        assert "Strict-Transport-Security" not in (await client.get("/")).headers


@pytest.mark.parametrize(
    "path", ["/log-in", "/log-out", "/holds", "/sign-up", "/relatives/new", "/appointments/1/cancel"]
)
async def test_a_form_of_another_site_changes_nothing(visit, path: str) -> None:
    async with visit(headers={"Sec-Fetch-Site": "cross-site"}) as client:
        answer = await client.post(path, data={"email": "a@b.example"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_pages_are_not_kept_by_anybody_and_assets_are_kept_for_ever(visit, pages) -> None:
    async with visit() as client:
        assert (await client.get("/")).headers["Cache-Control"] == "no-store"
        current = await client.get(f"/static/{pages.assets['base.css'].tag}/base.css")
        assert "immutable" in current.headers["Cache-Control"]
        assert current.headers["Content-Type"] == "text/css; charset=utf-8"
        old = await client.get("/static/0123/base.css")
        assert old.content == current.content
        assert "immutable" not in old.headers["Cache-Control"]


async def test_a_body_beyond_all_measure_is_refused(visit) -> None:
    async with visit() as client:
        answer = await client.post("/log-in", data={"email": "a" * 200_000})
    assert answer.status_code == 413
