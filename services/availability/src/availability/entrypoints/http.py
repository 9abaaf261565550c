"""The HTTP face of availability: its rooms in one application."""

from __future__ import annotations

from event_store import EventStore
from fastapi import FastAPI
from service_kit.context import Context
from service_kit.http import create_app

from availability.application.ports import AgendaWriter, Signer
from availability.entrypoints import http_absences, http_agendas, http_reads, http_rooms, http_slots


def make_app(context: Context, table: AgendaWriter, signer: Signer, store: EventStore) -> FastAPI:
    """`table` keeps what is changed, `signer` signs the offers, `store` holds the past."""
    app = create_app(context, title="Rendezvous availability", description="Agendas, absences, motives; free slots.")
    for router in (
        http_agendas.router(table),
        http_absences.router(table),
        http_rooms.router(table),
        http_reads.router(),
        http_slots.router(signer, store),
    ):
        app.include_router(router)
    return app
