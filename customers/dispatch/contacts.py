"""Name and number of a lead: until a store accepts, the brand's alone, sealed with its own key."""

from customers.models import Lead
from dealers.keys import envelopes
from dealers.keys.masters import VaultError


def seal(lead: Lead, *, number: str, name: str) -> None:
    """Put the contact into a lead that is not saved yet; it opens in no other."""
    lead.contact = envelopes.seal_for(lead.pk, envelopes.LEADS, [number, name])


def opened(lead: Lead) -> tuple[str, str]:
    """The number in E.164 and the name; two empty texts of a person who was erased.

    Only who accepts the lead is shown them.
    """
    try:
        number, name = envelopes.unseal_for(lead.pk, envelopes.LEADS, bytes(lead.contact))
    except VaultError:
        return "", ""
    return number, name
