"""The demo data, loaded through the services' own commands and HTTP; what is there already is found, not made again."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from embedded_parts import PartFailed
from embedded_parts.files import write_atomically

from demo import samples
from demo.api import Api, StepFailed, eventually
from demo.house import House
from demo.plan import CLIENTS, addresses
from demo.samples import Practice
from demo.say import say

_SAMPLE = "sample/PS_LibreAcces_Personne_activite_202611230000.txt"


class Hands(Protocol):
    """Who does the work of a load: the demo's supervisor, or whoever stands in for it where others run the services."""

    house: House

    def command(self, service: str, words: tuple[str, ...], told: str | None) -> str:
        """Run one of a service's own commands with `told` as its input; what it said."""

    def together(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Run the tasks to their ends; the first failure is raised."""


def load(hands: Hands, sample: Path | None = None) -> dict[str, Any]:
    """What demo.json tells of the data: `logins` and `practitioners`. Loads at the first start only.

    A load that was broken off begins anew at the next start: each of its steps may be repeated. `sample` is the edition
    of the national directory to import, the one beside the directory's sources unless told otherwise.
    """
    kept = hands.house.data / "loaded.json"
    if kept.exists():
        loaded: dict[str, Any] = json.loads(kept.read_text())
        say(f"the data of an earlier start is kept: {len(loaded['logins']['patients'])} patients")
        return loaded
    loaded = _Loading(hands, sample or _sample_file()).load()
    write_atomically(kept, json.dumps(loaded, indent=1, ensure_ascii=False) + "\n", mode=0o600)
    return loaded


class _Loading:
    def __init__(self, hands: Hands, sample: Path) -> None:
        self._hands = hands
        self._house = hands.house
        self._sample = sample
        self._api = Api(addresses(self._house))
        self._patients: list[dict[str, str]] = []

    def load(self) -> dict[str, Any]:
        self._hands.together(
            [self._import_directory, self._add_clients, self._add_patients, self._add_staff_without_place]
        )
        found = [self._find(practice) for practice in samples.PRACTICES]
        self._add_practice_staff(found)
        practitioners = [
            self._register(practice, item) for practice, item in zip(samples.PRACTICES, found, strict=True)
        ]
        for practice, item in zip(samples.PRACTICES, found, strict=True):
            self._wait_for_next_slot(practice, item["id"])
        return {"logins": self._logins(), "practitioners": practitioners}

    def _import_directory(self) -> None:
        said = self._run("directory", "import", str(self._sample))
        for line in said.splitlines():
            if line.startswith("line ") or "lines read" in line or "people:" in line:
                say(f"directory import: {line.strip()}")

    def _add_clients(self) -> None:
        for client in (*CLIENTS, samples.SCRIPT_CLIENT):
            secret = self._house.keys.password(f"client {client}")
            self._run("accounts", "add-client", "--id", client, "--secret-stdin", told=secret)

    def _add_patients(self) -> None:
        people = samples.patients(self._password("patients"))
        file = self._house.commands / "patients.json"
        write_atomically(file, json.dumps(people), mode=0o600)
        try:
            said = self._run("accounts", "add-patients", str(file))
        finally:
            file.unlink(missing_ok=True)
        brought = json.loads(said.strip().splitlines()[-1])
        self._patients = [
            {"email": one["email"], "password": self._password("patients"), "person_id": one["person_id"]}
            for one in brought
        ]
        say(f"{len(self._patients)} patients have an account")

    def _add_staff_without_place(self) -> None:
        self._add_staff(samples.AUDITOR, "--role", "auditor")
        self._add_staff(samples.OPERATOR, "--role", "operator")

    def _add_practice_staff(self, found: Sequence[dict[str, Any]]) -> None:
        for practice, item in zip(samples.PRACTICES, found, strict=True):
            place = item["place"]["id"]
            self._add_staff(practice.email, "--role", "practitioner", "--practitioner", item["id"], "--practice", place)
        places = dict.fromkeys(item["place"]["id"] for item in found)
        words = [word for place in places for word in ("--practice", place)]
        self._add_staff(samples.SECRETARY, "--role", "secretary", *words)

    def _add_staff(self, email: str, *words: str) -> None:
        told = self._password(email)
        self._run("accounts", "add-staff", "--email", email, *words, "--password-stdin", told=told)

    def _find(self, practice: Practice) -> dict[str, Any]:
        """The practitioner among those whom the import has listed."""

        def found() -> dict[str, Any] | None:
            items = self._api.get("directory", "/v1/practitioners", q=practice.search, limit=50)["items"]
            return next((item for item in items if item["name"] == practice.name), None)

        return eventually(f"{practice.name} is listed", found)

    def _register(self, practice: Practice, item: dict[str, Any]) -> dict[str, Any]:
        """Claim the page, fill it in, open the agendas; their entry in demo.json."""
        own = self._api.logged_in(practice.email, self._password(practice.email))
        path = f"/v1/practitioners/{item['id']}"
        if item["status"] == "listed":
            own.post("directory", f"{path}/claim", {**practice.profile, "places": self._places(practice, item)})
        there = self._api.get("availability", "/v1/agendas", practitioner=item["id"])["items"]
        today = str(self._api.now().date())
        place = item["place"]["id"]
        room = eventually("the place has its room", partial(_room, own, place)) if practice.in_room else None
        wanted = samples.agendas(practice, item["id"], place, today, room)
        opened = [agenda["id"] for agenda in there]
        for agenda in wanted[len(opened) :]:
            # Availability hears of the registration a moment later; until then the practitioner is not there.
            answer = eventually("availability knows the practitioner", partial(_open, own, agenda))
            opened.append(answer["id"])
        say(f"{practice.name} is registered, with {len(opened)} agendas")
        return {"id": item["id"], "agendas": [self._agenda(agenda_id) for agenda_id in opened]}

    def _places(self, practice: Practice, item: dict[str, Any]) -> list[dict[str, Any]]:
        """All the places of the page, the one at Angers with what a visitor wants to know of it."""
        page = self._api.get("directory", f"/v1/practitioners/{item['id']}")
        return [
            {"id": place["id"], **(practice.place if place["id"] == item["place"]["id"] else {})}
            for place in page["places"]
        ]

    def _agenda(self, agenda_id: str) -> dict[str, Any]:
        motives = self._api.get("availability", f"/v1/agendas/{agenda_id}/motives")["items"]
        return {
            "id": agenda_id,
            "motives": [
                {
                    "id": motive["id"],
                    "name": motive["name"],
                    "minutes": motive["duration_minutes"],
                    "modes": motive["modes"],
                    "booking": motive["booking"],
                }
                for motive in motives
            ],
        }

    def _wait_for_next_slot(self, practice: Practice, practitioner_id: str) -> None:
        def shown() -> str | None:
            items = self._api.get("directory", "/v1/practitioners", q=practice.search, limit=50)["items"]
            # One row for each place; one of them has the agendas.
            mine = [item["next_available"] for item in items if item["id"] == practitioner_id]
            return next((slot["start"] for slot in mine if slot), None)

        say(f"{practice.name}: next free {eventually('search shows the next free slot', shown)}")

    def _logins(self) -> dict[str, Any]:
        def staff(email: str) -> dict[str, str]:
            return {"email": email, "password": self._password(email)}

        secret = self._house.keys.password(f"client {samples.SCRIPT_CLIENT}")
        return {
            "patients": self._patients,
            "practitioner": staff(samples.PRACTICES[0].email),
            "practitioners": [staff(practice.email) for practice in samples.PRACTICES],
            "secretary": staff(samples.SECRETARY),
            "auditor": staff(samples.AUDITOR),
            "operator": staff(samples.OPERATOR),
            "service": {"client_id": samples.SCRIPT_CLIENT, "client_secret": secret},
        }

    def _password(self, of: str) -> str:
        return self._house.keys.password(f"log-in {of}")

    def _run(self, service: str, *words: str, told: str | None = None) -> str:
        return self._hands.command(service, words, None if told is None else f"{told}\n")


def _open(own: Api, agenda: dict[str, Any]) -> dict[str, Any] | None:
    answer = own.call("POST", "availability", "/v1/agendas", body=agenda, expect=(201, 404, 409))
    if answer.status == 409 and answer.problem != "practitioner-not-registered":
        raise StepFailed(f"The agenda of the demo data is refused: {answer.problem}.")
    return answer.body if answer.status == 201 else None


def _room(own: Api, place_id: str) -> str | None:
    """The id of the room that the practitioners of the place share: whoever comes first declares it."""
    path = f"/v1/places/{place_id}/rooms"
    # Availability hears of the registration a moment later; until then nobody receives there.
    listed = own.call("GET", "availability", path, expect=(200, 404))
    if listed.status == 404:
        return None
    ids = [room["id"] for room in listed.body["items"] if room["name"] == samples.ROOM]
    return str(ids[0] if ids else own.post("availability", path, {"name": samples.ROOM})["id"])


def _sample_file() -> Path:
    """The invented edition of the national directory, beside the directory's sources."""
    spec = find_spec("directory")
    if spec is None or spec.origin is None:
        raise PartFailed("The package directory is not installed: run make setup.")
    return Path(spec.origin).parents[2] / _SAMPLE
