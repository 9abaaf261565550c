"""One effect for one form, however often it is sent."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

_NAMESPACE = uuid.UUID("5b0a4cc6-6f1a-4a53-9b0e-0f8b6f8f3a55")


def idempotency_key(form_key: str, body: Mapping[str, Any]) -> str:
    """The key of sending `body` from the form that carries `form_key`.

    The same form with the same answers is the same wish (a double click, a reload); with other answers (after going
    back) it is another one.
    """
    return str(uuid.uuid5(_NAMESPACE, form_key + json.dumps(body, sort_keys=True)))


def new_form_key() -> str:
    return str(uuid.uuid4())
