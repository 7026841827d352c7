"""Name and number of a lead: until a store accepts, the brand's alone, sealed with its own key."""

import json
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from customers.models import Lead
from dealers.envelopes import LEADS, lasting_key
from dealers.masters import NONCE

FILLED = 128  # bytes: a multiple of it, so that the length tells nothing of the name


def seal(lead: Lead, *, number: str, name: str) -> None:
    """Put the contact into a lead that is not saved yet; it opens in no other."""
    text, nonce = (
        json.dumps([number, name], ensure_ascii=False).encode(),
        secrets.token_bytes(NONCE),
    )
    padded = text + b" " * (-len(text) % FILLED)
    lead.contact = nonce + AESGCM(lasting_key(LEADS)).encrypt(nonce, padded, lead.pk.bytes)


def opened(lead: Lead) -> tuple[str, str]:
    """The number in E.164 and the name; two empty texts of a person who was erased.

    Only who accepts the lead is shown them.
    """
    sealed = bytes(lead.contact)
    try:
        text = AESGCM(lasting_key(LEADS)).decrypt(sealed[:NONCE], sealed[NONCE:], lead.pk.bytes)
    except InvalidTag:
        return "", ""
    number, name = json.loads(text)
    return number, name
