"""The invented people and practices of the demo: nobody and nothing of it exists (`france.md`: numbers for fiction)."""

from dataclasses import dataclass
from typing import Any

PATIENTS = 60
_FIRST_NAMES = ("Aurore", "Basile", "Clémence", "Dimitri", "Éloïse", "Firmin", "Garance", "Hector", "Inès", "Joris")
_LAST_NAMES = ("Dessablons", "Fauvernois", "Grandsaule", "Hautbruyère", "Malvoisin", "Rochebrune")
_QUESTION = {
    "id": "depuis-quand",
    "text": "Depuis quand avez-vous cette gêne ?",
    "required": True,
}


@dataclass(frozen=True, slots=True)
class Practice:
    """A practitioner of the sample file who registers: how to find them, their log-in, their page, their motives.

    `motives` are the names of the short visit (15 minutes) and of the long one (30); `two_visits`, where there are any,
    those of two visits (20 minutes each) that are booked together; `in_room`, where there is one, that of a visit (20
    minutes) in the `ROOM` of the place, which its practitioners share; `on_request`, that of a visit (45 minutes) which
    only the practice books: patients ask for it.
    """

    name: str
    search: str
    email: str
    profile: dict[str, Any]
    place: dict[str, Any]
    motives: tuple[str, str]
    prices: tuple[str, str]
    two_visits: tuple[str, str] | None = None
    in_room: str | None = None
    on_request: str | None = None


_HOUSE = {
    "phone": "02 61 91 00 02",
    "access": ["Bus 4, arrêt Modèle", "Rez-de-chaussée"],
    "accessible": True,
    "position": {"lat": 47.4821, "lon": -0.5634},
}

PRACTICES = (
    Practice(
        name="Dr Jeanne Exemple",
        search="dermatologue angers",
        email="jeanne.exemple@cabinet.example",
        profile={
            "sector": "secteur-2",
            "carte_vitale": True,
            "payment_means": ["card", "cheque", "cash"],
            "languages": ["fr", "en"],
            "fees": [
                {"label": "Consultation", "amount": "55.00", "currency": "EUR"},
                {"label": "Dépistage", "amount": "75.00", "currency": "EUR"},
            ],
            "presentation": "Dermatologie générale, dépistage des lésions de la peau, suivi de l'acné.",
            "modes": ["in_person", "video"],
            "new_patients": True,
        },
        place={
            "phone": "02 61 91 00 01",
            "access": ["Tramway A, arrêt Exemple", "2e étage avec ascenseur"],
            "accessible": True,
            "position": {"lat": 47.4698, "lon": -0.5512},
        },
        motives=("Suivi dermatologique", "Première consultation de dermatologie"),
        prices=("55.00", "75.00"),
        on_request="Petite chirurgie de la peau",
    ),
    Practice(
        name="Dr Paul Essai",
        search="paul essai angers",
        email="paul.essai@maison-de-sante.example",
        profile={
            "sector": "secteur-1",
            "carte_vitale": True,
            "payment_means": ["card", "cash"],
            "languages": ["fr", "es"],
            "fees": [{"label": "Consultation", "amount": "30.00", "currency": "EUR"}],
            "presentation": "Médecine générale pour toute la famille, à la maison de santé et par vidéo.",
            "modes": ["in_person", "video"],
            "new_patients": True,
        },
        place=_HOUSE,
        motives=("Consultation de médecine générale", "Bilan de santé"),
        prices=("30.00", "60.00"),
        two_visits=("Vaccination en deux injections", "Vaccination : seconde injection"),
        in_room="Échographie",
    ),
    Practice(
        name="Dr Agathe Gabarit",
        search="agathe gabarit angers",
        email="agathe.gabarit@maison-de-sante.example",
        profile={
            "sector": "secteur-1",
            "carte_vitale": True,
            "payment_means": ["card"],
            "languages": ["fr", "en"],
            "fees": [{"label": "Consultation", "amount": "30.00", "currency": "EUR"}],
            "presentation": "Médecine générale et échographie, à la maison de santé et par vidéo.",
            "modes": ["in_person", "video"],
            "new_patients": True,
        },
        place=_HOUSE,
        motives=("Consultation de médecine générale", "Bilan de santé"),
        prices=("30.00", "60.00"),
        in_room="Échographie",
    ),
)
ROOM = "Salle d'échographie"
SECRETARY = "secretariat@cabinet.example"
AUDITOR = "audit@rendezvous.example"
OPERATOR = "exploitation@rendezvous.example"
# Who uses demo.json from a script.
SCRIPT_CLIENT = "demo-script"


def patients(password: str) -> list[dict[str, str]]:
    """Sixty patients as `python -m accounts add-patients` reads them."""
    found = []
    for number in range(PATIENTS):
        first = _FIRST_NAMES[number % len(_FIRST_NAMES)]
        last = _LAST_NAMES[number // len(_FIRST_NAMES)]
        found.append(
            {
                "email": f"patient{number + 1:02d}@patients.example",
                "phone": f"+336399800{number + 1:02d}",
                "password": password,
                "first_name": first,
                "last_name": last,
                "birth_date": f"{1950 + number}-0{1 + number % 9}-1{number % 10}",
                "sex": "female" if number % 2 == 0 else "male",
            }
        )
    return found


def agendas(
    practice: Practice, practitioner_id: str, place_id: str, today: str, room_id: str | None = None
) -> list[dict[str, Any]]:
    """Two agendas of a practitioner: mornings at the practice, afternoons also by video. `today`: YYYY-MM-DD."""
    opened = [
        _agenda(practice, practitioner_id, place_id, today, "08:30", "12:30", ["in_person"]),
        _agenda(practice, practitioner_id, place_id, today, "14:00", "18:30", ["in_person", "video"]),
    ]
    if practice.in_room and room_id:
        for agenda in opened:
            agenda["motives"].append(_in_room(practice.in_room, room_id, agenda["motives"][0]))
    return opened


def _agenda(
    practice: Practice,
    practitioner_id: str,
    place_id: str,
    today: str,
    start: str,
    end: str,
    modes: list[str],
) -> dict[str, Any]:
    opening = {"weekdays": [1, 2, 3, 4, 5], "start": start, "end": end, "valid_from": today, "modes": modes}
    lengths = zip(("short", "long"), practice.motives, (15, 30), practice.prices, strict=True)
    motives = [
        {
            "id": f"{practitioner_id[:18]}-{length}",
            "name": name,
            "duration_minutes": minutes,
            "modes": modes,
            "price": {"amount": price, "currency": "EUR"},
            "booking": "everyone",
            "instructions_before": "Merci d'arriver cinq minutes avant l'heure.",
            "questions": [_QUESTION],
            "notice_minutes": 60,
            "horizon_days": 90,
            "cancel_until_minutes": 24 * 60,
        }
        for length, name, minutes, price in lengths
    ]
    if practice.two_visits:
        motives += _two_visits(practice.two_visits, motives[0])
    if practice.on_request:
        motives.append(_on_request(practice.on_request, motives[0]))
    return {
        "practitioner_id": practitioner_id,
        "place_id": place_id,
        "opening_ranges": [opening],
        "motives": motives,
    }


def _two_visits(names: tuple[str, str], like: dict[str, Any]) -> list[dict[str, Any]]:
    """The motives of two visits, three to four weeks apart; the rest of their rules as those of `like`."""
    first, second = (f"{like['id']}-{number}" for number in (1, 2))
    rules = {**like, "duration_minutes": 20, "questions": []}
    rule = {"motive_id": second, "days_min": 21, "days_max": 28}
    return [
        {**rules, "id": first, "name": names[0], "second_visit": rule},
        {**rules, "id": second, "name": names[1]},
    ]


def _on_request(name: str, like: dict[str, Any]) -> dict[str, Any]:
    """The motive that the practice is asked for, two days ahead or more: it has to answer before the visit."""
    own = {"id": f"{like['id']}-asked", "name": name, "duration_minutes": 45, "modes": ["in_person"], "questions": []}
    return {**like, **own, "booking": "staff", "on_request": True, "price": None, "notice_minutes": 2 * 24 * 60}


def _in_room(name: str, room_id: str, like: dict[str, Any]) -> dict[str, Any]:
    """The motive of a visit in a room of the place; the rest of its rules as those of `like`."""
    own = {"id": f"{like['id']}-room", "name": name, "duration_minutes": 20, "modes": ["in_person"], "questions": []}
    return {**like, **own, "rooms": [room_id]}
