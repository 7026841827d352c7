"""Time stamps of nobody: what a demo shows in place of those that an outside service gives.

Each is as RFC 3161 has it, by an authority that is made for it and thrown away at once. So it can
be taken away and checked like any other, and proves nothing against the brand, which might have
made it at any time. Its policy and its names say so, wherever it is read.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "LOCAL STAMP OF A DEMO - PROVES NOTHING AGAINST THE BRAND"
POLICY = "2.25.254817346120783515940061527359210438617"  # a UUID of our own, as an OID
VALID = timedelta(days=3650)
SHA256 = "2.16.840.1.101.3.4.2.1"

_ECDSA = "1.2.840.10045.4.3.2"  # with SHA-256
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_STAMP = "1.2.840.113549.1.9.16.1.4"  # TSTInfo
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"  # by its SHA-256

_INTEGER, _OCTETS, _OID, _SEQUENCE, _SET, _TIME, _NULL = 0x02, 0x04, 0x06, 0x30, 0x31, 0x18, 0x05
_FIRST = 0xA0  # the tag [0]


class Authority:
    """A key to stamp with, its certificate, and who certified it: all of it in memory alone."""

    def __init__(self, name: str = NAME, *, since: datetime, until: datetime | None = None) -> None:
        root_key = ec.generate_private_key(ec.SECP256R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        until = until or since + VALID
        self.root = _certificate(f"{name} (CA)", root_key, None, since=since, until=until)
        self.certificate = _certificate(name, self._key, (self.root, root_key), since, until)

    @property
    def pem(self) -> str:
        """The certificate of who certified it, by which its stamps are checked."""
        return self.root.public_bytes(Encoding.PEM).decode()

    def stamp(self, digest: bytes, nonce: int, at: datetime, *, policy: str = POLICY) -> bytes:
        """The answer to a request: that there was what has this SHA-256, at a moment (DER)."""
        told = _der(
            _SEQUENCE,
            _integer(1),
            _oid(policy),
            _der(_SEQUENCE, _algorithm(SHA256), _der(_OCTETS, digest)),
            _integer(secrets.randbits(63)),
            _der(_TIME, f"{at.astimezone(UTC):%Y%m%d%H%M%SZ}".encode()),
            _integer(nonce),
        )
        issued = _der(
            _SEQUENCE,
            self.certificate.issuer.public_bytes(),
            _integer(self.certificate.serial_number),
        )
        own = hashlib.sha256(self.certificate.public_bytes(Encoding.DER)).digest()
        identifier = _der(_SEQUENCE, _der(_SEQUENCE, _der(_SEQUENCE, _der(_OCTETS, own))))
        attributes = [
            _attribute(_CONTENT_TYPE, _oid(_STAMP)),
            _attribute(_MESSAGE_DIGEST, _der(_OCTETS, hashlib.sha256(told).digest())),
            _attribute(_SIGNING_CERTIFICATE, identifier),
        ]
        said = b"".join(sorted(attributes))
        signature = self._key.sign(_der(_SET, said), ec.ECDSA(hashes.SHA256()))
        signer = _der(
            _SEQUENCE,
            _integer(1),
            issued,
            _algorithm(SHA256),
            _der(_FIRST, said),
            _der(_SEQUENCE, _oid(_ECDSA)),
            _der(_OCTETS, signature),
        )
        signed = _der(
            _SEQUENCE,
            _integer(3),
            _der(_SET, _algorithm(SHA256)),
            _der(_SEQUENCE, _oid(_STAMP), _der(_FIRST, _der(_OCTETS, told))),
            _der(_FIRST, self.certificate.public_bytes(Encoding.DER)),
            _der(_SET, signer),
        )
        token = _der(_SEQUENCE, _oid(_SIGNED_DATA), _der(_FIRST, signed))
        return _der(_SEQUENCE, _der(_SEQUENCE, _integer(0)), token)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
    since: datetime,
    until: datetime,
) -> x509.Certificate:
    """A certificate by ``issuer``; of one who certifies, by itself, without."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer:
        use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        made = made.add_extension(use, critical=True)
    return made.sign(issuer[1] if issuer else key, hashes.SHA256())


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(length)]) + length + content


def _integer(number: int) -> bytes:
    return _der(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _oid(dotted: str) -> bytes:
    first, second, *rest = (int(each) for each in dotted.split("."))
    content = b""
    for each in (40 * first + second, *rest):
        groups = [each & 127]
        while each := each >> 7:
            groups.insert(0, 128 | each & 127)
        content += bytes(groups)
    return _der(_OID, content)


def _algorithm(dotted: str) -> bytes:
    return _der(_SEQUENCE, _oid(dotted), _der(_NULL))


def _attribute(dotted: str, value: bytes) -> bytes:
    return _der(_SEQUENCE, _oid(dotted), _der(_SET, value))
