"""All that is kept of an account, for its owner to take away."""

from __future__ import annotations

from typing import Any

from service_kit.database import Database

_ACCOUNT = """
SELECT account_id::text AS id, email, phone, locale, roles, terms_version, terms_accepted_at, registered_at
FROM account WHERE account_id = %s
"""
_PEOPLE = """
SELECT person_id::text AS id, relation, first_name, last_name, birth_date, sex, added_at
FROM person WHERE account_id = %s ORDER BY added_at, person_id
"""
_SESSIONS = """
SELECT session_id::text AS id, started_at, ended_at, end_reason
FROM session WHERE account_id = %s ORDER BY started_at, session_id
"""
_LOOKS = """
SELECT person_id::text, client_id, purpose, at FROM contact_access
WHERE person_id IN (SELECT person_id FROM person WHERE account_id = %s) ORDER BY access_id
"""


async def export(database: Database, account_id: str) -> dict[str, Any] | None:
    """The account, its people, its sessions of the last 30 days, and who looked at whose contact; None for nobody."""
    async with database.transaction() as connection:
        account, people, sessions, looks = [
            await (await connection.execute(query, (account_id,))).fetchall()
            for query in (_ACCOUNT, _PEOPLE, _SESSIONS, _LOOKS)
        ]
    if not account:
        return None
    return {"account": account[0], "people": people, "sessions": sessions, "contact_looks": looks}
