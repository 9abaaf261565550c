"""Booking's HTTP face, put together."""

from __future__ import annotations

from fastapi import FastAPI
from service_kit.context import Context
from service_kit.http import create_app

from booking.entrypoints import (
    http_absences,
    http_appointments,
    http_audit,
    http_events,
    http_holds,
    http_moves,
    http_practice,
    http_request_reads,
    http_requests,
    http_staff,
    http_waiting,
)
from booking.entrypoints.requests import Parts

DESCRIPTION = """Holds and appointments, decided from the log alone.

Every change answers its position in the log (`Position: booking=...`); send it back as `Position-At-Least` to read it.
A POST with an `Idempotency-Key` may be repeated: the stored answer comes back byte for byte."""

FACES = (
    http_holds, http_appointments, http_moves, http_practice, http_staff, http_requests, http_request_reads,
    http_absences, http_audit, http_waiting, http_events,
)  # fmt: skip


def create(context: Context, parts: Parts) -> FastAPI:
    app = create_app(context, title="Rendezvous booking", description=DESCRIPTION)
    app.state.parts = parts
    for module in FACES:
        app.include_router(module.router)
    return app
