"""The HTTP face, put together."""

from __future__ import annotations

from fastapi import FastAPI
from service_kit.http import create_app

from directory.entrypoints import pages, search
from directory.entrypoints.rooms import Rooms


def make_app(rooms: Rooms) -> FastAPI:
    """The application of this service."""
    app = create_app(
        rooms.context,
        title="Rendezvous directory",
        description="Practitioners, listed and registered; their places; the search.",
    )
    app.state.rooms = rooms
    for router in (search.router, pages.router):
        app.include_router(router)
    return app
