"""The demo's own passwords and signing keys: made at the first start, kept in the data folder (0600)."""

import json
import secrets
import threading
from pathlib import Path

from embedded_parts.files import write_atomically
from joserfc.jwk import OKPKey


class Keys:
    """Passwords by name, and Ed25519 key pairs as private JWKs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._file = folder / "passwords.json"
        self._passwords: dict[str, str] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def password(self, name: str) -> str:
        """The password of this name (32 random bytes in base64url), the same at every start."""
        with self._lock:
            if name not in self._passwords:
                self._passwords[name] = secrets.token_urlsafe(32)
                write_atomically(self._file, json.dumps(self._passwords, indent=1, sort_keys=True) + "\n", mode=0o600)
            return self._passwords[name]

    def signing_key(self, name: str) -> Path:
        """The file of a private Ed25519 JWK with its thumbprint as `kid`, the same at every start."""
        file = self._folder / f"{name}.jwk.json"
        with self._lock:
            if not file.exists():
                key = OKPKey.generate_key("Ed25519")
                jwk = {**key.as_dict(private=True), "kid": key.thumbprint(), "use": "sig"}
                write_atomically(file, json.dumps(jwk) + "\n", mode=0o600)
        return file
