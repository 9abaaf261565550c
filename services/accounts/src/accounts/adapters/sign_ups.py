"""Sign-ups under way in PostgreSQL. Nothing here looks for an existing account before the link is opened."""

from __future__ import annotations

import uuid
from datetime import datetime

from service_kit.database import Connection, Database

from accounts.adapters import messages
from accounts.adapters.secrets import Secrets, same, token_hash
from accounts.application.ports import Asking, Confirmed, SeenBefore, SignUp
from accounts.domain.codes import PhoneCode, link_state, try_code
from accounts.domain.people import Locale
from accounts.domain.rejections import AlreadyRegistered, LinkDead, WrongCode

_NO_CODE = bytes(32)
_NAMESPACE = uuid.UUID("0c9f5f4e-6f0a-4c57-9b53-5a3b6a1d8e21")


class SignUpStore:
    """A code by SMS, then a sign-up whose link goes by e-mail, then an account."""

    def __init__(self, database: Database, secrets: Secrets) -> None:
        self._database = database
        self._secrets = secrets

    async def ask_code(self, connection: Connection, phone: str, locale: Locale, now: datetime) -> None:
        """Have a code sent; it is made when it is."""
        await messages.add_code(connection, phone, locale, now)

    def repeatable(self, key: str | None, body: bytes) -> Asking:
        """What an Idempotency-Key stands for. The body holds a password: only a keyed hash of it may be kept."""
        asking_id = uuid.uuid4() if key is None else uuid.uuid5(_NAMESPACE, key)
        return Asking(asking_id, self._secrets.body_hash(body))

    async def seen(self, asking: Asking) -> SeenBefore:
        """Whether this key came before, with the same body or another."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                "SELECT fingerprint FROM sign_up WHERE sign_up_id = %s", (asking.sign_up_id,)
            )
            row = await cursor.fetchone()
        if row is None:
            return "never"
        return "same" if same(bytes(row["fingerprint"]), asking.fingerprint) else "other"

    async def try_code(self, phone: str, code: str, email: str, now: datetime) -> None:
        """Use the newest code of `phone` for the sign-up of `email`. Raises `WrongCode`; the try counts either way."""
        async with self._database.transaction() as connection:
            cursor = await connection.execute(
                "SELECT code_hash, expires_at, tries, used_for FROM phone_code WHERE phone = %s FOR UPDATE", (phone,)
            )
            row = await cursor.fetchone()
            matches = same(_NO_CODE if row is None else bytes(row["code_hash"]), self._secrets.code_hash(phone, code))
            right = False
            if row is not None:
                tried = try_code(PhoneCode(row["expires_at"], row["tries"], row["used_for"]), matches, email, now)
                right = tried.right
                await connection.execute(
                    "UPDATE phone_code SET tries = %s, used_for = %s WHERE phone = %s",
                    (tried.tries, email if right else row["used_for"], phone),
                )
        if not right:
            raise WrongCode

    async def begin(self, connection: Connection, asking: Asking, form: SignUp, now: datetime) -> bool:
        """Keep the sign-up and have its e-mail sent, once: the same statements whoever has an account already.

        False when the same key was faster.
        """
        who = form.identity
        inserted = await connection.execute(
            "INSERT INTO sign_up (sign_up_id, fingerprint, phone, email, password_hash, locale, terms_version,"
            " first_name, last_name, birth_date, sex, asked_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (sign_up_id) DO NOTHING",
            (
                asking.sign_up_id, asking.fingerprint, form.phone, form.email, form.password_hash, form.locale,
                form.terms_version, who.first_name, who.last_name, who.birth_date, who.sex, now,
            ),
        )  # fmt: skip
        if inserted.rowcount:
            await messages.add_sign_up(connection, asking.sign_up_id, form.locale, now)
        return inserted.rowcount == 1

    async def confirm(self, connection: Connection, token: str, now: datetime) -> Confirmed:
        """Make the account. Raises `LinkDead`, or `AlreadyRegistered` when another sign-up was confirmed before."""
        cursor = await connection.execute("SELECT * FROM sign_up WHERE link_hash = %s FOR UPDATE", (token_hash(token),))
        row = await cursor.fetchone()
        state = "dead" if row is None else link_state(row["link_sent_at"], row["confirmed_at"], now)
        if row is None or state == "dead":
            raise LinkDead
        if state == "used":
            return Confirmed(str(row["account_id"]), str(row["person_id"]), fresh=False)
        account_id, person_id = uuid.uuid4(), uuid.uuid4()
        made = await connection.execute(
            "INSERT INTO account (account_id, email, phone, password_hash, locale, roles, terms_version,"
            " terms_accepted_at, registered_at) VALUES (%s, %s, %s, %s, %s, '{patient}', %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (
                account_id, row["email"], row["phone"], row["password_hash"], row["locale"], row["terms_version"],
                row["asked_at"], now,
            ),
        )  # fmt: skip
        if made.rowcount == 0:
            raise AlreadyRegistered
        await connection.execute(
            "INSERT INTO person (person_id, account_id, relation, first_name, last_name, birth_date, sex, added_at)"
            " VALUES (%s, %s, 'self', %s, %s, %s, %s, %s)",
            (person_id, account_id, row["first_name"], row["last_name"], row["birth_date"], row["sex"], now),
        )
        await connection.execute(
            "UPDATE sign_up SET confirmed_at = %s, account_id = %s, person_id = %s, password_hash = ''"
            " WHERE sign_up_id = %s",
            (now, account_id, person_id, row["sign_up_id"]),
        )
        return Confirmed(str(account_id), str(person_id), fresh=True)
