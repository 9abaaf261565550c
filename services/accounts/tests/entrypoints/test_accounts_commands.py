"""The operator's commands as real processes: each may be repeated, and a second run changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PASSWORD = "sept cerises noires"
SECRET = "a secret of sixteen and more"


def run(*words: str, typed: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """A command, with what is typed into it."""
    environment = {name: value for name, value in {**os.environ, **settings}.items() if value}
    command = [sys.executable, "-m", "accounts", *words]
    return subprocess.run(command, input=typed, capture_output=True, text=True, env=environment, timeout=60)


def done(*words: str, typed: str = "") -> Any:
    """What a command that must succeed prints."""
    ended = run(*words, typed=typed)
    assert (ended.returncode, ended.stderr) == (0, "")
    return json.loads(ended.stdout)


def invented(phones: Iterator[str], count: int) -> list[dict[str, str]]:
    """Rows of a file of patients."""
    unique = uuid.uuid4().hex[:8]
    return [
        {
            "email": f"{unique}.{number}@patients.example",
            "phone": next(phones),
            "password": f"huit prunes dorées {number}",
            "first_name": "Camille",
            "last_name": "Durand",
            "birth_date": "1990-01-01",
            "sex": "female",
        }
        for number in range(count)
    ]


def written(folder: Path, rows: Any) -> str:
    file = folder / "patients.json"
    file.write_text(json.dumps(rows))
    return str(file)


async def rows(house: Any) -> list[list[dict[str, Any]]]:
    """All that the commands may change."""
    tables = ("account", "person", "client", "session")
    return [await house.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables] + [  # noqa: S608 (constants)
        await house.rows("SELECT max(position) FROM ledger.events")
    ]


async def test_sixty_patients_come_in_within_seconds_log_in_and_come_in_once(
    house: Any, tmp_path: Path, phones: Iterator[str]
) -> None:
    wanted = invented(phones, 60)
    file = written(tmp_path, wanted)
    started = time.perf_counter()
    brought = done("add-patients", file)
    assert time.perf_counter() - started < 60  # some 4 s where the machine has nothing else to do
    assert [one["email"] for one in brought] == [one["email"] for one in wanted]
    answer = await house.post("/v1/sessions", {name: wanted[59][name] for name in ("email", "password")})
    me = (await house.get("/v1/me", answer.json()["access_token"])).json()
    assert (me["id"], me["person_id"]) == (brought[59]["account_id"], brought[59]["person_id"])
    heard = {data["person_id"] for _, data in (await house.said())[-60:]}
    assert heard == {one["person_id"] for one in brought}
    before = await rows(house)
    assert done("add-patients", file) == brought
    assert await rows(house) == before


async def test_staff_get_their_role_once_and_a_change_of_it_ends_their_sessions(house: Any) -> None:
    email = f"secretary.{uuid.uuid4().hex[:8]}@rdv.example"
    words = ("add-staff", "--email", email, "--role", "secretary", "--practice", "place-1", "--password-stdin")
    added = done(*words, typed=PASSWORD + "\n")
    session = (await house.post("/v1/sessions", {"email": email, "password": PASSWORD})).json()
    me = (await house.get("/v1/me", session["access_token"])).json()
    assert (me["id"], me["roles"], me["practices"]) == (added["account_id"], ["secretary"], ["place-1"])
    before = await rows(house)
    assert done(*words, typed=PASSWORD + "\n") == added
    assert await rows(house) == before
    assert done(*words, "--practice", "place-2", typed=PASSWORD + "\n") == added
    assert (await house.get("/v1/me", session["access_token"])).status_code == 401
    session = (await house.post("/v1/sessions", {"email": email, "password": PASSWORD})).json()
    assert (await house.get("/v1/me", session["access_token"])).json()["practices"] == ["place-1", "place-2"]


async def test_a_client_gets_tokens_with_its_secret_and_with_a_new_one_no_more_with_the_old(house: Any) -> None:
    client = f"client-{uuid.uuid4().hex[:8]}"

    async def status(secret: str) -> int:
        answer = await house.post("/v1/service-tokens", {"client_id": client, "client_secret": secret})
        return int(answer.status_code)

    words = ("add-client", "--id", client, "--secret-stdin")
    assert done(*words, typed=SECRET) == {"client_id": client}
    assert await status(SECRET) == 200
    before = await rows(house)
    done(*words, typed=SECRET)
    assert await rows(house) == before
    done(*words, typed=SECRET + "!")
    assert (await status(SECRET), await status(SECRET + "!")) == (401, 200)


async def test_a_key_that_was_made_signs(house: Any) -> None:
    made = run("make-key")
    assert (made.returncode, made.stderr) == (0, "")
    assert set(json.loads(made.stdout)) == {"kty", "crv", "x", "d", "kid", "alg", "use"}
    settings = run("settings", ACCOUNTS_TOKEN_KEY=made.stdout)
    assert json.loads(made.stdout)["d"] not in settings.stdout
    assert "ACCOUNTS_TOKEN_KEY" in settings.stdout


def test_migrating_again_finds_nothing_to_do(environment: dict[str, str], migrated: Any) -> None:
    again = run("migrate", ACCOUNTS_OWNER_DATABASE_URL=migrated.owner_url)
    assert (again.returncode, again.stdout) == (0, "accounts: nothing to migrate\n")


@pytest.mark.parametrize(
    ("words", "typed", "reason"),
    [
        (("add-staff", "--email", "a@b.example", "--role", "secretary", "--password-stdin"), PASSWORD, "--practice"),
        (("add-staff", "--email", "a@b.example", "--role", "auditor", "--password-stdin"), "court", "too-short"),
        (("add-staff", "--email", "nobody", "--role", "auditor", "--password-stdin"), PASSWORD, "not-an-email"),
        (("add-client", "--id", "two words", "--secret-stdin"), SECRET, "--id"),
        (("add-client", "--id", "x", "--secret-stdin"), "short", "16"),
        (("add-patients", "no-such-file.json"), "", "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line_that_quotes_no_secret(
    environment: dict[str, str], words: tuple[str, ...], typed: str, reason: str
) -> None:
    refused = run(*words, typed=typed)
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr.count("\n") == 1
    assert reason in refused.stderr
    assert typed == "" or typed not in refused.stderr


def test_a_patient_who_is_wrong_is_named_by_place_and_reason_and_none_comes_in(
    environment: dict[str, str], tmp_path: Path, phones: Iterator[str]
) -> None:
    wanted = invented(phones, 3)
    wanted[2]["phone"] = "0141990000"
    refused = run("add-patients", written(tmp_path, wanted))
    assert refused.returncode == 2
    assert refused.stderr.endswith("patients.json: 2.phone: not-a-mobile\n")
    assert wanted[2]["phone"] not in refused.stderr
    wanted[2]["phone"] = wanted[1]["phone"]
    refused = run("add-patients", written(tmp_path, wanted))
    assert (refused.returncode, refused.stderr) == (2, "a phone in the file is another account's\n")


async def test_a_patients_own_account_is_never_made_staff_nor_the_other_way_round(
    house: Any, tmp_path: Path, phones: Iterator[str]
) -> None:
    who = house.somebody()
    await house.register(who)
    staff = run("add-staff", "--email", who.email, "--role", "operator", "--password-stdin", typed=PASSWORD)
    assert (staff.returncode, staff.stderr.count("\n")) == (2, 1)
    assert (await house.log_in(who))["access_token"]
    email = f"auditor.{uuid.uuid4().hex[:8]}@rdv.example"
    done("add-staff", "--email", email, "--role", "auditor", "--password-stdin", typed=PASSWORD)
    file = written(tmp_path, [{**invented(phones, 1)[0], "email": email}])
    assert run("add-patients", file).stderr == "an e-mail in the file is a staff account's\n"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ACCOUNTS_TOKEN_KEY", ""),
        ("ACCOUNTS_TOKEN_KEY", '{"kty": "OKP", "crv": "X25519", "x": "AAAA"}'),
        ("ACCOUNTS_TOKEN_KEY", '{"keys": []}'),
        ("ACCOUNTS_DATABASE_URL", "mysql://somewhere"),
        ("ACCOUNTS_HTTP_PORT", "eighty"),
        ("KAFKA_BOOTSTRAP_SERVERS", ""),
        ("PORTAL_URL", "rdv.example"),
        ("SMTP_URL", "https://mail.example"),
        ("SMS_URL", "sms"),
        ("MAIL_FROM", "RDV Santé"),
        ("SMS_SENDER", "RDV Santé"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(
    environment: dict[str, str], variable: str, value: str
) -> None:
    ended = run(**{variable: value})
    assert ended.returncode == 2
    assert ended.stderr.startswith(variable + " ")
    assert ended.stderr.count("\n") == 1
