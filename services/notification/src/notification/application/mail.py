"""A letter as an e-mail: plain text, HTML and, where there is one, the calendar entry, in one MIME message."""

from __future__ import annotations

from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from notification.domain.letter import Letter
from notification.domain.words import Language, one_line

GREETING: dict[Language, str] = {"fr": "Bonjour,", "en": "Hello,"}
FOOTER: dict[Language, tuple[str, ...]] = {
    "fr": (
        "Vous recevez ce message parce que ce rendez-vous est lié à votre compte Rendezvous.",
        "Il est envoyé automatiquement : merci de ne pas y répondre. En cas d'urgence, appelez le 15 ou le 112.",
    ),
    "en": (
        "You receive this message because this appointment belongs to your Rendezvous account.",
        "It is sent automatically: please do not reply to it. In an emergency, call 15 or 112.",
    ),
}


class _Policy(EmailPolicy):
    """CRLF, and a subject in encoded words as a whole: the library's folding doubles a space before an accent."""

    def fold(self, name: str, value: Any) -> str:
        if name.lower() != "subject" or str(value).isascii():
            return str(super().fold(name, value))
        words = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {words}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("ascii", "surrogateescape")


_POLICY = _Policy(linesep="\r\n")


class UnusableAddress(ValueError):
    """An address that cannot stand in a header."""


def _environment(*, autoescape: bool) -> Environment:
    return Environment(
        loader=PackageLoader("notification.application"),
        autoescape=autoescape,  # noqa: S701 (plain text has nothing to escape)
        undefined=StrictUndefined,
        trim_blocks=not autoescape,
        keep_trailing_newline=True,
    )


# One for each shape: HTML escapes everything that is filled in, plain text nothing.
_HTML = _environment(autoescape=True)
_PLAIN = _environment(autoescape=False)


def compose(
    letter: Letter,
    *,
    sender: Address,
    to: str,
    message_id: str,
    date: datetime,
    calendar: tuple[str, str] | None = None,
) -> EmailMessage:
    """The MIME message. `message_id` without brackets, `calendar`: iTIP method and iCalendar text.

    Raises `UnusableAddress`. No value can add a header: line ends are taken out, and the policy refuses them.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = _recipient(to)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = date
    message["Message-ID"] = f"<{one_line(message_id)}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(plain_text(letter), cte="quoted-printable")
    message.add_alternative(html(letter), subtype="html", cte="quoted-printable")
    if calendar is not None:
        method, text = calendar
        message.add_alternative(text, subtype="calendar", params={"method": method}, cte="base64")
        message.add_attachment(
            text, subtype="calendar", params={"method": method}, filename="rendez-vous.ics", cte="base64"
        )
    # Last: making a multipart moves the Content-* headers into its first part.
    message["Content-Language"] = letter.language
    return message


def plain_text(letter: Letter) -> str:
    """The letter for those who read without HTML."""
    colon = " :" if letter.language == "fr" else ":"
    return _PLAIN.get_template("letter.txt").render(
        letter=letter, greeting=GREETING[letter.language], footer=FOOTER[letter.language], colon=colon
    )


def html(letter: Letter) -> str:
    """The letter in HTML that needs no image, no script and no style sheet."""
    return _HTML.get_template("letter.html").render(
        letter=letter, greeting=GREETING[letter.language], footer=FOOTER[letter.language]
    )


def _recipient(address: str) -> Address:
    try:
        parsed = Address(addr_spec=address)
    except (ValueError, IndexError) as error:
        raise UnusableAddress("the e-mail address cannot be used") from error
    if not parsed.username or not parsed.domain or not address.isascii() or any(sign.isspace() for sign in address):
        raise UnusableAddress("the e-mail address cannot be used")
    return parsed
