"""The signing keys: one private JWK, or a set whose first key signs while the others are still published."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from service_kit.settings import WrongSetting
from service_kit.tokens import ALGORITHM, KeySource, sign_token

_VARIABLE = "ACCOUNTS_TOKEN_KEY"
_MEND = "set it to what `python -m accounts make-key` prints"


def make_key() -> str:
    """A new private JWK as one line of JSON, named by its thumbprint (RFC 7638)."""
    key = OKPKey.generate_key("Ed25519")
    return json.dumps({**key.as_dict(private=True), **_naming(key.thumbprint())})


class Keys:
    """Signs tokens and publishes what checks them."""

    def __init__(self, keys: Sequence[OKPKey]) -> None:
        self._signing = keys[0]
        self._published = {str(key.kid): key for key in keys}

    @classmethod
    def from_json(cls, text: str) -> Keys:
        """From a private JWK or a JWK Set. Raises `WrongSetting`, which names the variable and never the key."""
        try:
            found = json.loads(text)
            keys = [_import(key) for key in found.get("keys", [found])]
        except (ValueError, TypeError, KeyError, AttributeError, JoseError):
            raise WrongSetting(f"{_VARIABLE} is not a JWK of an Ed25519 key; {_MEND}") from None
        if not keys or not keys[0].is_private:
            raise WrongSetting(f"{_VARIABLE} has no private key in the first place; {_MEND}")
        return cls(keys)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A compact JWT with these claims."""
        return sign_token(claims, self._signing)

    def public(self) -> dict[str, Any]:
        """The JWK Set that everybody may have."""
        return {"keys": [key.as_dict(private=False) for key in self._published.values()]}

    def find(self, kid: str) -> OKPKey | None:
        return self._published.get(kid)

    def pepper(self) -> bytes:
        """A secret for keyed hashes of short values, derived from the signing key; lives as long as that key."""
        private = b64decode(str(self._signing.as_dict(private=True)["d"]) + "==", altchars=b"-_")
        return HKDF(SHA256(), 32, salt=None, info=b"rendezvous accounts keyed hashes").derive(private)


class OwnKeys(KeySource):
    """Lets this service check its own tokens without asking itself over HTTP."""

    def __init__(self, keys: Keys) -> None:
        self._own = keys

    async def key(self, kid: str) -> OKPKey | None:
        return self._own.find(kid)


def _import(jwk: dict[str, Any]) -> OKPKey:
    if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise ValueError("another kind of key")
    bare = OKPKey.import_key(jwk)
    return OKPKey.import_key({**jwk, **_naming(jwk.get("kid") or bare.thumbprint())})


def _naming(kid: str) -> dict[str, str]:
    return {"kid": kid, "alg": ALGORITHM, "use": "sig"}
