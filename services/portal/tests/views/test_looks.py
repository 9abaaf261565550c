"""What a stylesheet and a template promise: contrast, no inline style or script, labels and languages."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

VIEWS = Path(str(files("portal"))) / "views"
TEMPLATES = sorted((VIEWS / "templates").glob("*.html"))
BASE = (VIEWS / "static" / "base.css").read_text()
TOKENS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", BASE))


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_reckoned_as_wcag_does() -> None:
    assert round(contrast("#fff", "#000"), 1) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((text, ground) for text in ("ink", "muted", "accent", "accent-strong") for ground in ("paper", "ground")),
        *((text, "accent-soft") for text in ("ink", "muted", "accent", "accent-strong")),
        *(("paper", ground) for ground in ("accent", "accent-strong", "bad")),
        *(("good", "good-soft"), ("bad", "bad-soft"), ("ink", "good-soft"), ("ink", "bad-soft"), ("bad", "paper")),
    ],
)
def test_text_can_be_read_on_its_ground(text: str, ground: str) -> None:
    assert contrast(TOKENS[text], TOKENS[ground]) >= 4.5


def test_the_edges_of_fields_can_be_seen() -> None:
    assert contrast(TOKENS["field-line"], TOKENS["paper"]) >= 3
    assert contrast(TOKENS["accent"], TOKENS["ground"]) >= 3


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_carries_nothing_that_the_policy_forbids(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"\sstyle=|<style|<script|\son\w+=|javascript:|\|\s*safe\b", text)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_words_of_its_own(template: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<svg.*?</svg>|<[^>]*>", " ", template.read_text(), flags=re.DOTALL)
    text = re.sub(r"""[\w-]+="[^"]*\"""", " ", text)  # an attribute that a macro gives to the tag around it
    assert re.findall(r"[A-Za-zÀ-ÿ]{2,}", text) == []


def test_focus_is_always_seen() -> None:
    sheets = [file.read_text() for file in (VIEWS / "static").glob("*.css")]
    assert ":focus-visible { outline: 3px solid" in BASE
    removed = [rule for sheet in sheets for rule in re.findall(r"([^{}]+)\{[^}]*outline: none", sheet)]
    assert [rule.strip() for rule in removed] == ["main:focus", ".option input:focus-visible"]
