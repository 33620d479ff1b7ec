"""Certificates for tests, with an authority of their own."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


class Pair:
    """A certificate and its key, as files."""

    def __init__(self, folder, name):
        self.cert, self.key = str(folder / f"{name}.crt"), str(folder / f"{name}.key")


class Authority:
    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        basic = x509.BasicConstraints(ca=True, path_length=None)
        certificate = self._build(self.subject, self.private.public_key(), NOW + DAY).add_extension(basic, critical=True)
        self.path = str(folder / f"{name}.crt")
        self._write(self.path, certificate.sign(self.private, hashes.SHA256()))

    def _build(self, subject, key, until):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.subject).public_key(key)
        return builder.serial_number(x509.random_serial_number()).not_valid_before(NOW - 2 * DAY).not_valid_after(until)

    @staticmethod
    def _write(path, certificate):
        with open(path, "wb") as file:
            file.write(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name, *sans, common_name="common", until=NOW + DAY):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])
        builder = self._build(subject, key.public_key(), until)
        if sans:
            builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=False)
        pair = Pair(self.folder, f"{self.name}-{name}")
        self._write(pair.cert, builder.sign(self.private, hashes.SHA256()))
        with open(pair.key, "wb") as file:
            file.write(
                key.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )
        return pair
