"""Templates made into pages: Jinja2 with autoescape, the words of the reader's language, nothing from elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from portal.views import formats
from portal.views.motives import next_path
from portal.views.timetable import week_path
from portal.views.words import Words, load_all


@dataclass(frozen=True)
class Asset:
    """A file served as it is; `tag` changes with its content."""

    content: bytes
    media_type: str
    tag: str


_MEDIA_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


def _assets() -> dict[str, Asset]:
    found = {}
    for file in (files("portal.views") / "static").iterdir():
        media_type = _MEDIA_TYPES.get(file.name.rsplit(".", 1)[-1])
        if media_type:
            content = file.read_bytes()
            found[file.name] = Asset(content, media_type, hashlib.sha256(content).hexdigest()[:12])
    return found


class Pages:
    """All pages of the site."""

    def __init__(self) -> None:
        self.words: Mapping[str, Words] = load_all()
        self.formats = {language: formats.Formats(language) for language in self.words}
        self.assets = _assets()
        self._environment = Environment(
            loader=PackageLoader("portal", "views/templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["asset"] = lambda name: f"/static/{self.assets[name].tag}/{name}"
        self._environment.globals["times_path"] = next_path
        self._environment.globals["week_path"] = week_path
        self._environment.filters["phone"] = formats.phone

    def render(self, template: str, language: str, values: Mapping[str, Any]) -> str:
        """The page; `t` are its words, `f` its formats."""
        page = self._environment.get_template(template)
        return page.render(**values, t=self.words[language], f=self.formats[language], language=language)
