"""Who time-stamps the roots: an outside service by RFC 3161, or in a demo nobody, who says so.

The service is shown the SHA-256 of a text and a number of this request alone. Its answer counts
once it is over that text, to that request, of now, and signed by whom the settings trust; what is
wrong with another is told in words. Nothing here touches the database.
"""

import hashlib
import re
import secrets
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.conf import settings

from dealers.models import StampOutcome
from dealers.receipts.local_stamps import SHA256, Authority

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

LOCAL = "local"  # the setting of a demo
LARGEST = 64 * 1024  # bytes of an answer: those of large authorities have a tenth of it
MOST_CERTIFICATES = 20  # of one service; all authorities of the world would be no choice
TOLERANCE = timedelta(minutes=5)  # between its clock and ours

_STATES = ("granted", "granted with changes", "rejected", "waiting", "revocation", "revoked")
_REASON = re.compile(r"Verify error: ([^\"\]]+)")


class NotStamped(Exception):
    """No stamp this time, and why: what kind of thing went wrong, and the details in English."""

    def __init__(self, outcome: StampOutcome, detail: str = "") -> None:
        self.outcome = outcome
        self.detail = _legible(detail)
        super().__init__(f"{outcome.value}: {self.detail}" if self.detail else outcome.value)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp that was checked: the whole answer (DER), its moment, and by whom it is."""

    answer: bytes
    at: datetime
    by: str
    certificates: str  # by which it was checked, in PEM


class Service(Protocol):
    """Who stamps."""

    @property
    def local(self) -> bool:
        """Whether its stamps are a demo's own, and prove nothing."""

    @property
    def name(self) -> str:
        """What it is called where tries are listed."""

    def stamp(self, text: bytes, at: datetime) -> Stamp:
        """A stamp over a text, asked for at a moment. Raises NotStamped."""


class Local:
    """What a demo has instead: see ``local_stamps``."""

    local = True
    name = LOCAL

    def stamp(self, text: bytes, at: datetime) -> Stamp:
        authority, nonce = Authority(since=at - TOLERANCE), secrets.randbits(64)
        answer = authority.stamp(hashlib.sha256(text).digest(), nonce, at)
        return checked(answer, text, nonce, [authority.root], at)


@dataclass(frozen=True, slots=True)
class Outside:
    """A service at an address, the file with the certificates that it is trusted by, in PEM.

    ``patience`` is how many seconds it has to answer.
    """

    address: str
    certificates: Path
    patience: float
    local = False

    @property
    def name(self) -> str:
        """Its address without what may be secret in it."""
        return urlsplit(self.address)._replace(query="", fragment="").geturl()[:200]

    def stamp(self, text: bytes, at: datetime) -> Stamp:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 -- rare

        trusted = self._trusted()
        asked = TimestampRequestBuilder(text, HashAlgorithm.SHA256).build()
        return checked(self._answer(asked.as_bytes()), text, asked.nonce, trusted, at)

    def _trusted(self) -> list[x509.Certificate]:
        try:
            found = x509.load_pem_x509_certificates(self.certificates.read_bytes())
        except (OSError, ValueError) as problem:
            raise NotStamped(StampOutcome.UNUSABLE, str(problem)) from None
        if len(found) > MOST_CERTIFICATES:
            told = f"{len(found)} certificates: name those of the service alone"
            raise NotStamped(StampOutcome.UNUSABLE, told)
        return found

    def _answer(self, asked: bytes) -> bytes:
        """What it answers to a request. Raises NotStamped where that is no answer."""
        request = urllib.request.Request(  # noqa: S310 -- the settings take http and https only
            self.address, asked, {"Content-Type": "application/timestamp-query"}
        )
        try:
            return self._read(request)
        except urllib.error.HTTPError as problem:
            problem.close()
            told = f"HTTP {problem.code}"
            if 300 <= problem.code < 400:
                told += ", which leads elsewhere: the address in the settings is not the service's"
            raise NotStamped(StampOutcome.REFUSED, told) from None
        except OSError as problem:
            reason = getattr(problem, "reason", problem)
            slow = isinstance(reason, TimeoutError)
            outcome = StampOutcome.SLOW if slow else StampOutcome.UNREACHABLE
            raise NotStamped(outcome, str(reason)) from None
        except (HTTPException, ValueError) as problem:
            told = f"{type(problem).__name__}: {problem}"
            raise NotStamped(StampOutcome.UNREADABLE, told) from None

    def _read(self, request: urllib.request.Request) -> bytes:
        until, said = time.monotonic() + self.patience, b""
        with _OPENER.open(request, timeout=self.patience) as answer:
            while part := answer.read1(LARGEST):
                said += part
                if len(said) > LARGEST:
                    raise NotStamped(StampOutcome.UNREADABLE, f"more than {LARGEST} bytes")
                if time.monotonic() > until:  # though each part comes in time
                    raise NotStamped(StampOutcome.SLOW, f"not all of it in {self.patience:g} s")
        return said


class _NowhereElse(urllib.request.HTTPRedirectHandler):
    """Nobody but the service that the settings name is asked."""

    def redirect_request(self, *_given: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NowhereElse)


def configured() -> Service | None:
    """Who stamps here; None: nobody."""
    if settings.PORTAL_STAMPS == LOCAL:
        return Local()
    if not settings.PORTAL_STAMPS:
        return None
    return Outside(
        settings.PORTAL_STAMPS, settings.PORTAL_STAMPS_CA, settings.PORTAL_STAMPS_SECONDS
    )


def checked(
    answer: bytes,
    text: bytes,
    nonce: int | None,
    trusted: list[x509.Certificate],
    at: datetime,
) -> Stamp:
    """The stamp in an answer to a request made at a moment. Raises NotStamped for any other.

    Without ``nonce``, whatever request it answers: that is not kept.
    """
    from rfc3161_client import VerificationError, VerifierBuilder  # noqa: PLC0415 -- rarely needed

    found = _read(answer)
    told = found.tst_info
    imprint = told.message_imprint
    digest = hashlib.sha256(text).digest()
    if (imprint.hash_algorithm.dotted_string, imprint.message) != (SHA256, digest):
        raise NotStamped(StampOutcome.OTHER_TEXT)
    if nonce is not None and told.nonce != nonce:
        raise NotStamped(StampOutcome.OTHER_REQUEST)
    moment = told.gen_time.astimezone(UTC)
    if abs(moment - at) > TOLERANCE:
        raise NotStamped(StampOutcome.WRONG_TIME, f"{moment:%Y-%m-%dT%H:%M:%SZ}")
    try:
        VerifierBuilder(roots=trusted).build().verify(found, digest)
    except VerificationError as problem:
        raise _not_trusted(str(problem)) from None
    except ValueError as problem:  # a certificate in it that is none
        raise NotStamped(StampOutcome.UNREADABLE, str(problem)) from None
    pem = "".join(each.public_bytes(Encoding.PEM).decode() for each in trusted)
    return Stamp(answer, moment, _who(found), pem)


def _read(answer: bytes) -> "TimeStampResponse":
    """An answer that holds a stamp, whatever is in that."""
    from rfc3161_client import decode_timestamp_response  # noqa: PLC0415 -- rarely needed

    try:
        found = decode_timestamp_response(in_order(answer))
        state, said = found.status, found.status_string
        if state == 0:
            _ = found.tst_info.message_imprint, found.tst_info.nonce, found.signed_data
            return found
    except ValueError as problem:
        raise NotStamped(StampOutcome.UNREADABLE, str(problem)) from None
    named = _STATES[state] if 0 <= state < len(_STATES) else str(state)
    raise NotStamped(StampOutcome.REFUSED, ", ".join([named, *said]))


def in_order(answer: bytes) -> bytes:
    """The same answer with its certificates in the order of their bytes, as DER has a set.

    OpenSSL, and with it many services, leaves them in the order of the chain, and then nothing of
    the answer would be read. They are no part of what is signed.
    """
    within = (0, len(answer))
    for number in (0, 1, 1, 0):  # the answer, the stamp in it, what is signed
        found = _elements(answer, *within)
        if number >= len(found):
            return answer
        within = found[number][1:]
    found = _elements(answer, *within)
    if len(found) < 4 or answer[found[3][0]] != 0xA0:  # no certificates
        return answer
    _begin, at, end = found[3]
    held = sorted(answer[begin:until] for begin, _content, until in _elements(answer, at, end))
    return answer[:at] + b"".join(held) + answer[end:] if held else answer


def _elements(data: bytes, at: int, end: int) -> list[tuple[int, int, int]]:
    """Where elements of DER begin, where what is in them does, and where they end.

    Nothing where one is torn.
    """
    found = []
    while at < end:
        begin, size, at = at, data[at + 1] if at + 1 < end else 0xFF, at + 2
        if size > 127:
            digits = size - 128
            if not 0 < digits < 5 or at + digits > end:
                return []
            size, at = int.from_bytes(data[at : at + digits], "big"), at + digits
        if at + size > end:
            return []
        found.append((begin, at, at + size))
        at += size
    return found


def _not_trusted(problem: str) -> NotStamped:
    """Why a signature does not count, in the words of OpenSSL where there are such."""
    reason = _REASON.search(problem)
    told = reason[1] if reason else problem.partition(": ErrorStack")[0]
    out_of_date = "expired" in told or "not yet valid" in told
    return NotStamped(StampOutcome.EXPIRED if out_of_date else StampOutcome.UNTRUSTED, told)


def _who(found: "TimeStampResponse") -> str:
    """The name of who signed a stamp that was checked."""
    (signer,) = found.signed_data.signer_infos
    for content in found.signed_data.certificates:
        with suppress(ValueError):
            held = x509.load_der_x509_certificate(content)
            if (held.issuer, held.serial_number) == (signer.issuer, signer.serial_number):
                names = held.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
                return _legible(str(names[0].value) if names else held.subject.rfc4514_string())
    return ""


def _legible(text: str) -> str:
    """What somebody else said, on one line and without what is not seen."""
    seen = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(seen.split())[:300]
