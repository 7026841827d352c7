"""What is tied to a version of the agreement: what a dealer does without that does not sign it."""

from collections.abc import Callable, Iterable
from datetime import date

from dealers.models import AgreementVersion

# What other apps tie to a signature: each gets the day from which the signed version applies (none:
# nothing was signed), that of the version that is read, and today, and says a line for each.
TIED: list[Callable[[date | None, date, date], Iterable[str]]] = []


def without(version: AgreementVersion, signed: date | None, day: date) -> list[str]:
    """What asks for a version, and for nothing that was signed, as lines in the reader's language.

    ``signed`` is the day from which the newest version applies that a dealer has signed.
    """
    return [line for tied in TIED for line in tied(signed, version.starts_on, day)]
