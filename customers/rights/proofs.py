"""Proving a number with a one-time code, without an account and without a trace of who asked.

The page carries what was asked for from one step to the next, sealed and always equally long; the
code is derived from it and stored nowhere. A code is sent to whichever number is typed, so that
neither the answer nor the time it takes tells whether somebody is known.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from dealers.keys import envelopes
from dealers.keys.masters import VaultError
from dealers.models import TryKind
from dealers.sending import messages
from dealers.signin import codes, tries
from dealers.signin.devices import Door

ASKED, PROVED = "numbers to prove", "proved numbers"  # neither opens as the other
VALID = timedelta(minutes=10)
FILLED = 512  # characters, of whatever was asked for


class ProofRefused(Exception):
    """Not proved; the message is written for the person who typed."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A number, and what its holder wants; proved once the code of ``number`` was typed.

    ``of``: the page that asked, the only one that it is good for until then.
    """

    phone: str  # E.164
    wants: dict[str, Any]
    until: datetime
    number: str = ""  # of the code
    of: str = ""

    @property
    def evidence(self) -> str:
        """What a consent names as its proof: the number of the code, which tells nothing."""
        return f"code {self.number}"


def ask(phone: str, wants: dict[str, Any], *, of: str = "", door: Door, at: datetime) -> str:
    """Send a code to ``phone`` (E.164); what the next page has to carry. Raises TooManyTries."""
    tries.check(door, TryKind.ASKED, at)
    tries.record(door, TryKind.ASKED, at)
    proof = Proof(phone, wants, at + VALID, codes.draw(), of)
    words = _("Your code is %(code)s. Tell it to nobody, also not in the store.") % {
        "code": codes.digits(proof.number)
    }
    messages.text(phone, words, at=at, until=proof.until)
    return _sealed(ASKED, proof)


def opened(carried: str, *, at: datetime, of: str = "", purpose: str = ASKED) -> Proof:
    """What a page carries. Raises ProofRefused where it is none of its own or too old."""
    try:
        phone, wants, until, number, page = json.loads(envelopes.unseal(purpose, carried))
    except VaultError:
        raise ProofRefused(_("This page is incomplete. Begin again.")) from None
    proof = Proof(phone, wants, datetime.fromisoformat(until), number, page)
    if proof.of != of:
        raise ProofRefused(_("This page is incomplete. Begin again."))
    if at >= proof.until:
        raise ProofRefused(_("This took too long. Begin again."))
    return proof


def confirm(carried: str, typed: str, *, of: str = "", door: Door, at: datetime) -> Proof:
    """The proof that a page carries, if the code typed is right. Raises ProofRefused.

    ``door`` is that of the code, not of the number: wrong tries of others keep nobody out. Raises
    TooManyTries.
    """
    proof = opened(carried, at=at, of=of)
    tries.check(door, TryKind.MISSED, at)
    if not codes.is_right(typed, codes.digits(proof.number)):
        tries.record(door, TryKind.MISSED, at)
        raise ProofRefused(_("This code is not right. Check its 6 digits."))
    return proof


def kept(proof: Proof, *, until: datetime) -> str:
    """A proof that was confirmed, for as long as its holder looks at their own page."""
    return _sealed(PROVED, replace(proof, until=until, wants={}, of=""))


def proved(held: str, *, at: datetime) -> Proof | None:
    """The proof that was kept, while it is valid."""
    try:
        return opened(held, at=at, purpose=PROVED)
    except ProofRefused:
        return None


def _sealed(purpose: str, proof: Proof) -> str:
    parts = [proof.phone, proof.wants, proof.until.isoformat(), proof.number, proof.of]
    return envelopes.seal(purpose, json.dumps(parts).ljust(FILLED))
