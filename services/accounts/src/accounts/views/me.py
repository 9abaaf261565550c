"""What an account sees of itself and of its people."""

from __future__ import annotations

from dataclasses import dataclass

from service_kit.database import Database

from accounts.application.ports import Person


@dataclass(frozen=True)
class Me:
    """An account as its owner sees it; `version` is its ETag."""

    id: str
    email: str
    phone: str | None
    locale: str
    roles: list[str]
    practitioner_id: str | None
    practices: list[str]
    person_id: str | None
    version: int


_PERSON = "SELECT person_id, relation, first_name, last_name, birth_date, sex FROM person WHERE account_id = %s"


async def find(database: Database, account_id: str) -> Me | None:
    """The account, or None."""
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT a.*, p.person_id FROM account a"
            " LEFT JOIN person p ON p.account_id = a.account_id AND p.relation = 'self' WHERE a.account_id = %s",
            (account_id,),
        )
        row = await cursor.fetchone()
    if row is None:
        return None
    person_id = None if row["person_id"] is None else str(row["person_id"])
    return Me(
        account_id, row["email"], row["phone"], row["locale"], row["roles"], row["practitioner_id"], row["practices"],
        person_id, row["version"],
    )  # fmt: skip


async def people(database: Database, account_id: str) -> list[Person]:
    """Those that the account may book for: oneself first, then in the order of their adding."""
    async with database.connection() as connection:
        cursor = await connection.execute(_PERSON + " ORDER BY relation <> 'self', added_at, person_id", (account_id,))
        rows = await cursor.fetchall()
    return [Person(**{**row, "person_id": str(row["person_id"])}) for row in rows]
