"""The operator's commands: staff, clients, patients. Secrets come by standard input, never as an argument."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError
from service_kit.http import Body

from accounts.application.ports import NewPatient, Operator
from accounts.domain import emails, passwords, staff
from accounts.domain import rejections as no
from accounts.domain.people import Locale, identity
from accounts.domain.phones import to_e164
from accounts.entrypoints.bodies import Email, Name, Password, Phone, SexAtBirth

Hands = Callable[[], AbstractAsyncContextManager[Operator]]
"""Opens what the commands work with."""
_CLIENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class _PatientRow(Body):
    email: Email
    phone: Phone
    password: Password
    first_name: Name
    last_name: Name
    birth_date: date
    sex: SexAtBirth
    locale: Locale = "fr"


_ROWS = TypeAdapter(Annotated[list[_PatientRow], Field(max_length=10_000)])


class Refused(Exception):
    """Why a command did nothing, in one line without anybody's data."""


def add_staff(arguments: list[str], hands: Hands) -> int:
    """`add-staff --email E --role R [--practitioner ID] [--practice ID ...] --password-stdin`"""
    parser = argparse.ArgumentParser(
        "python -m accounts add-staff", description="Add a log-in for staff, or change it."
    )
    parser.add_argument("--email", required=True)
    parser.add_argument("--role", required=True, choices=staff.ROLES)
    parser.add_argument("--practitioner", help="the practitioner's id, for the role practitioner")
    parser.add_argument("--practice", action="append", default=[], help="a place id; may be repeated")
    parser.add_argument("--password-stdin", action="store_true", required=True)
    given = parser.parse_args(arguments)

    async def work(operator: Operator) -> object:
        grant = staff.grant(given.role, given.practitioner, tuple(given.practice))
        email = emails.normalise(given.email)
        password = passwords.check(_secret(), [email, email.partition("@")[0]])
        return {"account_id": await operator.put_staff(email, password, grant), "email": email, "role": grant.role}

    return _run(work, hands)


def add_client(arguments: list[str], hands: Hands) -> int:
    """`add-client --id ID --secret-stdin`"""
    parser = argparse.ArgumentParser(
        "python -m accounts add-client", description="Add a service, or change its secret."
    )
    parser.add_argument("--id", required=True)
    parser.add_argument("--secret-stdin", action="store_true", required=True)
    given = parser.parse_args(arguments)

    async def work(operator: Operator) -> object:
        secret = _secret()
        if _CLIENT_ID.fullmatch(given.id) is None:
            raise Refused("--id has letters, digits, dots, hyphens and underscores, 64 at most")
        if len(secret) < 16:
            raise Refused("the secret has fewer than 16 characters; make one with `openssl rand -base64 24`")
        await operator.put_client(given.id, secret)
        return {"client_id": given.id}

    return _run(work, hands)


def add_patients(arguments: list[str], hands: Hands, now: Callable[[], datetime]) -> int:
    """`add-patients FILE.json`: a list of {email, phone, password, first_name, last_name, birth_date, sex}"""
    parser = argparse.ArgumentParser(
        "python -m accounts add-patients", description="Bring patients in; prints their ids."
    )
    parser.add_argument("file", type=Path)
    given = parser.parse_args(arguments)

    async def work(operator: Operator) -> object:
        patients = _patients(given.file, now().date())
        return [asdict(brought) for brought in await operator.put_patients(patients)]

    return _run(work, hands)


def _patients(file: Path, today: date) -> list[NewPatient]:
    try:
        rows = _ROWS.validate_json(file.read_bytes())
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Refused(f"{file}: {'.'.join(str(step) for step in first['loc'])}: {first['msg']}") from None
    patients = []
    for number, row in enumerate(rows):
        try:
            who = identity(row.first_name, row.last_name, row.birth_date, row.sex, today)
            # An operator's file is trusted to know its numbers, those of fiction too.
            phone = to_e164(row.phone, fiction_allowed=True)
            password = passwords.check(row.password, [])
            patients.append(NewPatient(emails.normalise(row.email), phone, password, row.locale, who))
        except no.InvalidField as refusal:
            raise Refused(f"{file}: {number}.{refusal.field}: {refusal.fault}") from None
    return patients


def _secret() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _run(work: Callable[[Operator], Awaitable[object]], hands: Hands) -> int:
    async def opened() -> object:
        async with hands() as operator:
            return await work(operator)

    try:
        print(json.dumps(asyncio.run(opened())))
    except Refused as refusal:
        return _say(str(refusal))
    except no.InvalidField as refusal:
        return _say(f"{refusal.field}: {refusal.fault}")
    except no.UnfitGrant as refusal:
        return _say(refusal.reason)
    except no.IsAPatient:
        return _say("this e-mail is a patient's own account; staff need another one")
    except no.IsStaff:
        return _say("an e-mail in the file is a staff account's")
    except no.PhoneTaken:
        return _say("a phone in the file is another account's")
    return 0


def _say(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2
