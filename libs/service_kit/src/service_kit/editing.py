"""Edited things have versions: `ETag` tells the one that was read, `If-Match` the one that may be changed."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

from service_kit.problems import Problem

IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=200, description="the ETag that was read; `*` for any")
]
"""Declare it on every operation that edits, so that it stands in the OpenAPI document."""


def etag(version: int) -> str:
    """The value of `ETag` for a version."""
    return f'"{version}"'


def check_version(if_match: str | None, version: int) -> None:
    """Raises `precondition-required` (428) without an If-Match, `precondition-failed` (412) when it names another."""
    if if_match is None:
        raise Problem("precondition-required")
    tags = [tag.strip() for tag in if_match.split(",")]
    if "*" not in tags and etag(version) not in tags:
        raise Problem("precondition-failed")
