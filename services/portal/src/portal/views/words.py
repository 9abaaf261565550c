"""The words of the site: gettext catalogues (`locales/<language>.po`), read once at the start.

A message id is a name such as `search.title`; plural messages have two forms. Values stand in braces.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"


class Words:
    """The catalogue of one language. An unknown key is a mistake of ours and raises KeyError."""

    def __init__(self, language: str, messages: Mapping[str, tuple[str, ...]]) -> None:
        self.language = language
        self.messages = messages
        self._form_of = Locale(language).plural_form

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of `key`, filled in."""
        return self.messages[key][0].format(**values) if values else self.messages[key][0]

    def count(self, key: str, count: int, **values: object) -> str:
        """The sentence of `key` in the form that `count` asks for; it is filled in as `{count}` too."""
        one, other = self.messages[key]
        return (one if self._form_of(count) == "one" else other).format(count=count, **values)

    def has(self, key: str) -> bool:
        return key in self.messages

    def or_raw(self, prefix: str, value: str) -> str:
        """The words for a value of another service; the value itself where there are none."""
        return self(prefix + value) if prefix + value in self.messages else value

    def first_of(self, *keys: str) -> str:
        """The sentence of the first key that exists."""
        return next(self(key) for key in keys if key in self.messages)


def load(language: str) -> Words:
    """The catalogue that comes with the package."""
    return read(language, (files("portal.views") / "locales" / f"{language}.po").read_bytes())


def read(language: str, catalogue: bytes) -> Words:
    """A catalogue's words. Raises ValueError for an entry without a translation."""
    messages = {}
    for message in read_po(BytesIO(catalogue), locale=language):
        if message.id:
            key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
            messages[key] = _forms(message, key)
    return Words(language, messages)


def _forms(message: Message, key: str) -> tuple[str, ...]:
    written = message.string
    forms = [form or "" for form in (written if isinstance(written, (tuple, list)) else (written,))]
    if message.fuzzy or not all(forms):
        raise ValueError(f"{key} has no translation")
    return tuple(forms)


def load_all() -> dict[str, Words]:
    return {language: load(language) for language in LANGUAGES}
