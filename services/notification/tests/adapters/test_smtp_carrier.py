"""What an e-mail server's answers and its silence mean, on a real connection."""

from email.message import EmailMessage

import pytest
from notification.adapters.smtp import SmtpCarrier
from notification.domain.outcome import Failed, Outcome, Overtaken, Sent, TryLater, Unknown

from ..outside import Outside


class Mark:
    """Counts how often the carrier said that it is about to send, and allows it or not."""

    def __init__(self, allowed: bool = True) -> None:
        self.allowed, self.times = allowed, 0

    async def __call__(self) -> bool:
        self.times += 1
        return self.allowed


def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "rdv@rendezvous.example", "paul@patients.example", "RDV"
    message["Message-ID"] = "<m1@rendezvous.example>"
    message.set_content(".\nA line with a dot before it.\n")
    return message


async def test_a_message_that_was_taken_is_sent_and_arrives_as_it_was(outside: Outside) -> None:
    mark = Mark()
    assert await SmtpCarrier(outside.smtp_url).carry(letter(), mark) == Sent()
    [mail] = outside.mails
    assert mail["Message-ID"] == "<m1@rendezvous.example>"
    assert mail.get_content().replace("\r\n", "\n") == ".\nA line with a dot before it.\n"
    assert mark.times == 1


@pytest.mark.parametrize(
    ("place", "answer", "meant"),
    [
        ("rcpt", "450 4.2.0 come back later", TryLater("smtp_450")),
        ("rcpt", "550 5.1.1 no such mailbox", Failed("smtp_550")),
        ("data", "451 4.3.0 come back later", TryLater("smtp_451")),
        ("data", "554 5.7.1 refused", Failed("smtp_554")),
        ("data", "hang up", Unknown("smtp_silence")),
    ],
)
async def test_what_the_server_answers_decides(outside: Outside, place: str, answer: str, meant: Outcome) -> None:
    outside.answers[place] = answer
    mark = Mark()
    assert await SmtpCarrier(outside.smtp_url).carry(letter(), mark) == meant
    assert mark.times == (1 if place == "data" else 0), "marked exactly when the message itself begins to travel"


async def test_nobody_at_the_address_means_that_nothing_was_sent() -> None:
    mark = Mark()
    assert await SmtpCarrier("smtp://127.0.0.1:1").carry(letter(), mark) == TryLater("smtp_away", of_all=True)
    assert mark.times == 0


async def test_a_message_that_must_not_be_sent_any_more_is_not(outside: Outside) -> None:
    assert await SmtpCarrier(outside.smtp_url).carry(letter(), Mark(allowed=False)) == Overtaken()
    assert outside.mails == []
