"""The words of the SMS and the e-mails, French and English. Never a name: nobody has proved yet that it is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from accounts.domain.people import Locale


@dataclass(frozen=True)
class Mail:
    """An e-mail's subject and its body in both forms."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class _Words:
    subject: str
    lines: tuple[str, ...]
    button: str
    closing: str


_CODE: dict[Locale, str] = {
    "fr": "{code} est votre code RDV Santé. Il expire dans 10 min. Ne le communiquez à personne.",
    "en": "{code} is your RDV Santé code. It expires in 10 min. Do not share it with anyone.",
}
_CONFIRM: dict[Locale, _Words] = {
    "fr": _Words(
        "Confirmez votre adresse e-mail",
        (
            "Bonjour,",
            "Pour terminer votre inscription à RDV Santé (numéro de téléphone finissant par {digits}), ouvrez ce lien "
            "dans les 24 heures :",
        ),
        "Confirmer mon adresse",
        "Vous n'avez rien demandé, ou ce numéro n'est pas le vôtre ? N'ouvrez pas le lien : sans lui, aucun compte "
        "n'est créé.",
    ),
    "en": _Words(
        "Confirm your e-mail address",
        (
            "Hello,",
            "To finish signing up to RDV Santé (phone number ending in {digits}), open this link within 24 hours:",
        ),
        "Confirm my address",
        "You did not ask for this, or the number is not yours? Do not open the link: without it, no account is made.",
    ),
}
_EXISTS: dict[Locale, _Words] = {
    "fr": _Words(
        "Vous avez déjà un compte",
        (
            "Bonjour,",
            "Une inscription à RDV Santé vient d'être demandée avec cette adresse (numéro de téléphone finissant par "
            "{digits}), mais un compte existe déjà pour l'adresse ou pour le numéro. Connectez-vous ici :",
        ),
        "Me connecter",
        "Vous n'avez rien demandé ? Vous pouvez ignorer ce message : rien n'a changé.",
    ),
    "en": _Words(
        "You already have an account",
        (
            "Hello,",
            "Somebody just asked to sign up to RDV Santé with this address (phone number ending in {digits}), but "
            "there is an account for the address or the number already. Log in here:",
        ),
        "Log in",
        "You did not ask for this? You can ignore this message: nothing has changed.",
    ),
}


def code_sms(code: str, locale: Locale) -> str:
    """One part of GSM-7 (at most 160 characters of its alphabet)."""
    return _CODE[locale].format(code=code)


def confirm_mail(portal_url: str, token: str, digits: str, locale: Locale) -> Mail:
    """The link that ends a sign-up."""
    return _mail(_CONFIRM[locale], f"{portal_url}/sign-up/confirm?token={token}", digits, locale)


def account_exists_mail(portal_url: str, digits: str, locale: Locale) -> Mail:
    """To the same address, at the same moment as the other one: only its owner can tell them apart."""
    return _mail(_EXISTS[locale], f"{portal_url}/log-in", digits, locale)


def _mail(words: _Words, link: str, digits: str, locale: Locale) -> Mail:
    lines = [line.format(digits=digits) for line in words.lines]
    text = "\n\n".join([*lines, link, words.closing, "RDV Santé"]) + "\n"
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines)
    html = (
        f'<!doctype html><html lang="{locale}"><meta charset="utf-8"><title>{escape(words.subject)}</title>'
        '<body style="font-family:sans-serif;font-size:16px;line-height:1.5;color:#1b1b1b;max-width:36em">'
        f'{paragraphs}<p><a href="{escape(link)}" style="display:inline-block;padding:.7em 1.2em;background:#0b5c8a;'
        f'color:#fff;text-decoration:none;border-radius:6px">{escape(words.button)}</a></p>'
        f"<p>{escape(words.closing)}</p><p>RDV Santé</p></body></html>"
    )
    return Mail(words.subject, text, html)
