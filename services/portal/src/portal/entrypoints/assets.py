"""The stylesheet and the pictures: addresses carry a tag of the content, so that browsers may keep them for ever."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from portal.entrypoints.visits import Coming

router = APIRouter()


@router.get("/static/{tag}/{name}")
async def asset(visit: Coming, tag: str, name: str) -> Response:
    found = visit.house.pages.assets.get(name)
    if found is None:
        raise HTTPException(404)
    # An old page may ask for an old tag: it gets what there is, and keeps it shortly.
    life = "public, max-age=31536000, immutable" if tag == found.tag else "public, max-age=60"
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": life})


@router.get("/favicon.ico")
async def favicon(visit: Coming, request: Request) -> Response:
    return await asset(visit, visit.house.pages.assets["icon.svg"].tag, "icon.svg")


@router.get("/robots.txt")
async def robots() -> Response:
    """Search engines may know the practitioners' pages, not what belongs to a visit."""
    closed = ("/book/", "/appointments", "/requests", "/relatives", "/log-in", "/sign-up", "/search")
    return PlainTextResponse("User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in closed))
