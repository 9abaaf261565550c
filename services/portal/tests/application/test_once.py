"""One form, one effect."""

from __future__ import annotations

from portal.application.once import idempotency_key, new_form_key


def test_the_same_form_with_the_same_answers_is_the_same_wish() -> None:
    form = new_form_key()
    assert idempotency_key(form, {"a": 1, "b": 2}) == idempotency_key(form, {"b": 2, "a": 1})


def test_other_answers_or_another_form_are_another_wish() -> None:
    form = new_form_key()
    assert idempotency_key(form, {"a": 1}) != idempotency_key(form, {"a": 2})
    assert idempotency_key(form, {"a": 1}) != idempotency_key(new_form_key(), {"a": 1})
