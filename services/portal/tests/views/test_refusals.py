"""Every refusal of booking has a sentence in both languages that says what to do next."""

from __future__ import annotations

import pytest
from portal.application.refusals import Refused, WaysOn
from portal.views.refusals import sentence
from portal.views.words import LANGUAGES, load_all

# The slugs of `http.md` and of booking and accounts that may reach somebody who books.
SLUGS = (
    *("slot-taken", "slot-held", "offer-expired", "offer-stale", "offer-not-genuine", "start-not-offered"),
    *("no-room-free",),
    *("notice-too-short", "beyond-horizon", "hold-expired", "hold-released", "hold-confirmed", "already-extended"),
    *("person-unknown", "person-busy", "visit-too-close", "limit-reached", "known-patients-only", "answer-missing"),
    *("too-late", "already-over", "not-found", "not-yet", "forbidden", "too-many-requests"),
    *("second-visit-unfit",),
    *("request-pending", "request-answered", "book-online-instead", "online-booking-stopped", "agenda-closed"),
    *("motive-unknown",),
    *("idempotency-key-in-use", "idempotency-key-reused", "invalid-field", "malformed", "wrong-credentials"),
    *("wrong-code", "link-dead", "already-registered", "too-many-relatives", "second-factor-needed"),
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_refusal_is_said_in_our_own_words(slug: str, language: str) -> None:
    text = sentence(load_all()[language], Refused(409, slug, "the words of the service"))
    assert text != "the words of the service"
    assert len(text) > 20


def test_an_unknown_refusal_is_said_in_the_words_of_the_service_or_at_least_in_some() -> None:
    words = load_all()["fr"]
    assert sentence(words, Refused(422, "quite-new", "Une règle toute neuve.")) == "Une règle toute neuve."
    assert sentence(words, Refused(422, "quite-new")) == words("problem.other")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stale_offer_is_said_with_its_reason(language: str) -> None:
    words, reasons = load_all()[language], ("agenda-changed", "notice-raised", "motive-withdrawn", "agenda-closed")
    said = [sentence(words, Refused(409, "offer-stale", "", {"reason": reason})) for reason in (*reasons, "quite-new")]
    assert len(set(said)) == 4
    assert said[0] == said[-1] == words("problem.offer-stale")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", ["slot-taken", "slot-held", "offer-stale", "no-room-free", "too-near-to-wait"])
def test_where_an_appointment_stands_no_refusal_asks_to_choose_another_time(slug: str, language: str) -> None:
    words = load_all()[language]
    text = sentence(words, Refused(409, slug, "the words of the service"), "earlier.problem")
    assert {"fr": "Votre rendez-vous est maintenu", "en": "Your appointment stands as it is"}[language] in text
    assert text != sentence(words, Refused(409, slug, "the words of the service"))


def test_the_fields_that_a_service_names_are_found() -> None:
    errors = [{"pointer": "/phone", "detail": "no"}, {"pointer": "/answers/q1", "detail": "required"}, "?"]
    assert Refused(422, "invalid-field", "", {"errors": errors}).fields == {"phone": "no", "q1": "required"}


def test_what_is_too_close_is_kept_or_given_up_unless_it_is_too_late_for_that() -> None:
    keep = {"way": "keep", "appointment_ids": ["a1", "a2"]}
    replace = {"way": "replace", "replaces": ["a1", "a2"]}
    both = Refused(422, "visit-too-close", "", {"days": 6, "ways_on": [keep, replace, {"way": "quite-new"}]})
    assert WaysOn.of(both) == WaysOn(("a1", "a2"), ("a1", "a2"), 6)
    late = Refused(422, "visit-too-close", "", {"days": 6, "ways_on": [keep]})
    assert WaysOn.of(late) == WaysOn(("a1", "a2"), (), 6)
    assert WaysOn.of(Refused(422, "visit-too-close")) == WaysOn()
