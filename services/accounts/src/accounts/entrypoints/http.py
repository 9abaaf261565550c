"""The HTTP face, put together."""

from __future__ import annotations

from fastapi import FastAPI
from service_kit.http import create_app

from accounts.domain.rejections import Rejection
from accounts.entrypoints import me, people, sessions, sign_up
from accounts.entrypoints.problems import on_rejection
from accounts.entrypoints.rooms import Rooms


def make_app(rooms: Rooms) -> FastAPI:
    """The application of this service."""
    app = create_app(
        rooms.context,
        title="Rendezvous accounts",
        description="People: sign-up, log-in, relatives, roles; personal data at the moment of use.",
    )
    app.state.rooms = rooms
    app.add_exception_handler(Rejection, on_rejection)
    for router in (sign_up.router, sessions.router, me.router, people.router):
        app.include_router(router)
    return app
