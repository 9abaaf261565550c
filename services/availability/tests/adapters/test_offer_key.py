"""The key of the offers: what it signs verifies with a library, and nothing private leaves it."""

from __future__ import annotations

import json

import pytest
from availability.adapters.offer_key import OfferKey, new_jwk
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet, OKPKey


def test_a_signature_verifies_with_the_published_key_and_no_other() -> None:
    key, other = OfferKey(new_jwk()), OfferKey(new_jwk())
    signed = key.sign({"agenda_id": "a", "starts": "abc"})
    verified = jws.deserialize_compact(signed, KeySet.import_key_set(key.jwks()), algorithms=["Ed25519"])
    assert json.loads(verified.payload) == {"agenda_id": "a", "starts": "abc"}
    assert set(verified.headers()) == {"alg", "kid", "typ"}
    foreign = OKPKey.import_key({**other.jwks()["keys"][0], "kid": key.jwks()["keys"][0]["kid"]})
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(signed, foreign, algorithms=["Ed25519"])


def test_a_changed_payload_is_found_out() -> None:
    key = OfferKey(new_jwk())
    head, _, signature = key.sign({"capacity": 1}).split(".")
    _, other, _ = key.sign({"capacity": 9}).split(".")
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(
            f"{head}.{other}.{signature}", KeySet.import_key_set(key.jwks()), algorithms=["Ed25519"]
        )


def test_a_key_made_here_is_named_by_its_thumbprint_and_one_made_elsewhere_is_read() -> None:
    made = json.loads(new_jwk())
    assert made["kid"] == OKPKey.import_key(made).thumbprint()
    elsewhere = OKPKey.generate_key("Ed25519")
    jwk = json.dumps({**elsewhere.as_dict(private=True), "kid": elsewhere.thumbprint(), "use": "sig"})
    published = OfferKey(jwk).jwks()["keys"][0]
    assert set(published) == {"kty", "crv", "x", "kid", "alg", "use"}
    assert published["x"] == elsewhere.as_dict(private=False)["x"]


def test_what_is_no_such_key_is_refused_without_showing_it() -> None:
    good, other = json.loads(new_jwk()), json.loads(new_jwk())
    wrong = [
        "", "not json", "[]", "null", '"text"',
        json.dumps({**good, "kty": "EC"}),
        json.dumps({**good, "crv": "X25519"}),
        json.dumps({**good, "x": other["x"]}),
        json.dumps({**good, "d": "short"}),
        json.dumps({name: value for name, value in good.items() if name != "kid"}),
    ]  # fmt: skip
    for text in wrong:
        with pytest.raises(ValueError, match="not a private Ed25519 JWK") as refusal:
            OfferKey(text)
        assert good["d"] not in str(refusal.value)
