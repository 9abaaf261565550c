"""The demo's own passwords and signing keys: made at the first start, kept in the data folder (0600)."""

import json
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from embedded_parts.files import write_atomically


class Keys:
    """Passwords by name, and Ed25519 key pairs as PEM files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = folder / "passwords.json"
        self._passwords: dict[str, str] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def password(self, name: str) -> str:
        """The password of this name, the same at every start."""
        if name not in self._passwords:
            self._passwords[name] = secrets.token_urlsafe(24)
            write_atomically(self._file, json.dumps(self._passwords, indent=1, sort_keys=True) + "\n", mode=0o600)
        return self._passwords[name]

    def signing_key(self, name: str) -> Path:
        """The PEM file of a private Ed25519 key; its public half stands beside it (`public_key`)."""
        private = self._folder / f"{name}.pem"
        if not private.exists():
            key = Ed25519PrivateKey.generate()
            public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            write_atomically(self.public_key(name), public.decode())
            secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            write_atomically(private, secret.decode(), mode=0o600)
        return private

    def public_key(self, name: str) -> Path:
        """The PEM file of the public half."""
        return self._folder / f"{name}.pub.pem"
