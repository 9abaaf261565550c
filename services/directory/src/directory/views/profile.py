"""The public page of one practitioner, with the version that its ETag names."""

from __future__ import annotations

from typing import Any

from service_kit.database import Connection

from directory.domain.flags import SECTORS
from directory.domain.phones import for_people
from directory.domain.specialities import BY_SLUG, Speciality


async def find(connection: Connection, practitioner_id: str) -> tuple[dict[str, Any], int] | None:
    """The page as it is stored, and its version; None for nobody."""
    cursor = await connection.execute("SELECT profile, version FROM practitioner WHERE id = %s", (practitioner_id,))
    row = await cursor.fetchone()
    return (row["profile"], row["version"]) if row else None


def label_of(speciality: Speciality, language: str) -> str:
    """As a reader of `language` (`en` or `fr`) says it."""
    return speciality.label_en if language == "en" else speciality.label


def shown(page: dict[str, Any], language: str) -> dict[str, Any]:
    """What anybody may see. Of a listed one: what the national directory says of them, and how to recommend them."""
    registered = page["status"] == "registered"
    speciality = BY_SLUG[page["speciality"]]
    name = " ".join(part for part in (page["title"], page["first_name"], page["last_name"]) if part)
    said = {
        "carte_vitale": page["carte_vitale"],
        "payment_means": page["payment_means"],
        "languages": page["languages"],
        "fees": page["fees"],
        "modes": page["modes"],
        "presentation": page["presentation"],
        "new_patients": page["new_patients"],
    }
    nothing: dict[str, Any] = {key: [] if isinstance(value, list) else None for key, value in said.items()}
    return {
        "id": page["id"],
        "status": page["status"],
        "name": name,
        "title": page["title"],
        "first_name": page["first_name"],
        "last_name": page["last_name"],
        "speciality": label_of(speciality, language),
        "speciality_code": speciality.slug,
        "places": [_place(place, registered) for place in page["places"]],
        "sector": page["sector"],
        "sector_label": SECTORS.get(page["sector"] or ""),
        **(said if registered else nothing | {"presentation": ""}),
        "recommend": None if registered else f"/v1/practitioners/{page['id']}/recommendations",
    }


def _place(place: dict[str, Any], registered: bool) -> dict[str, Any]:
    phone = place["phone"]
    return {
        "id": place["id"],
        "name": place["name"],
        "address": place["address"],
        "postcode": place["postcode"],
        "city": place["city"],
        "position": {"lat": place["point"][0], "lon": place["point"][1]} if place["point"] else None,
        "zone": place["zone"],
        "phone": phone,
        "phone_written": for_people(phone) if phone else None,
        "access": place["access"] if registered else [],
        "accessible": place["accessible"] if registered else None,
    }
