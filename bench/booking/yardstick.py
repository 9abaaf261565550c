"""The yardstick: the least that a page can do with FastAPI and asyncpg, one INSERT under a unique constraint."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
import uvicorn
from fastapi import FastAPI, Response
from pydantic import BaseModel

TABLE = "CREATE TABLE booked (agenda text, start timestamptz, person text NOT NULL, PRIMARY KEY (agenda, start))"


class Wanted(BaseModel):
    agenda: str
    start: datetime
    person: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["YARDSTICK_DATABASE_URL"], min_size=10, max_size=10) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/book", status_code=201)
async def book(wanted: Wanted, response: Response) -> dict[str, str]:
    try:
        await app.state.pool.execute(
            "INSERT INTO booked (agenda, start, person) VALUES ($1, $2, $3)", wanted.agenda, wanted.start, wanted.person
        )
    except asyncpg.UniqueViolationError:
        response.status_code = 409
    return {"agenda": wanted.agenda, "person": wanted.person}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["YARDSTICK_PORT"]), access_log=False, log_level="warning")
