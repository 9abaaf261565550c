"""The other services of the house, as clients with a secret."""

from __future__ import annotations

from datetime import datetime

from service_kit.database import Connection, Database


class ClientStore:
    """Clients are added by the operator's command only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def secret_hash(self, client_id: str) -> str | None:
        """The argon2id hash of the client's secret; None for an unknown client."""
        async with self._database.connection() as connection:
            cursor = await connection.execute("SELECT secret_hash FROM client WHERE client_id = %s", (client_id,))
            row = await cursor.fetchone()
        return None if row is None else str(row["secret_hash"])


async def put_client(connection: Connection, client_id: str, secret_hash: str, now: datetime) -> None:
    """Add a client, or give it another secret."""
    await connection.execute(
        "INSERT INTO client (client_id, secret_hash, added_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (client_id) DO UPDATE SET secret_hash = excluded.secret_hash",
        (client_id, secret_hash, now),
    )
