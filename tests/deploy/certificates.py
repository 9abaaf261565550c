"""Certificates such as Strimzi makes: an authority, a broker's, and one for each user, named by its CN.

They lack what Strimzi's lack: no Authority Key Identifier.
"""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """Signs. `folder` takes ca.crt."""

    def __init__(self, folder: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("authority")
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "ca.crt"
        own = x509.BasicConstraints(ca=True, path_length=None)
        self.file.write_bytes(_pem(self._built("authority", self._key).add_extension(own, critical=True), self._key))

    def broker(self, file: Path) -> Path:
        """Key and certificate of 127.0.0.1 in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        file.write_bytes(
            _private(key) + _pem(self._built("broker", key).add_extension(here, critical=False), self._key)
        )
        return file

    def user(self, name: str, folder: Path) -> Path:
        """A folder as KAFKA_TLS_FOLDER names it."""
        folder.mkdir()
        key = ec.generate_private_key(ec.SECP256R1())
        (folder / "ca.crt").write_bytes(self.file.read_bytes())
        (folder / "user.key").write_bytes(_private(key))
        (folder / "user.crt").write_bytes(_pem(self._built(name, key), self._key))
        return folder

    def _built(self, name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(self._name)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        return builder.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(
            now + datetime.timedelta(hours=1)
        )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(builder: x509.CertificateBuilder, signer: ec.EllipticCurvePrivateKey) -> bytes:
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    form, closed = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, closed)
