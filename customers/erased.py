"""Nothing more is written down about who was erased: nobody would destroy it any more.

What counts without words stays possible: a follow-up without a note, an appeal without a text.
"""

from django.db import transaction

from customers.models import Erasure, Identity
from dealers.actor import Actor, acting


def was(identity: int) -> bool:
    """Whether a person was erased, by now."""
    with transaction.atomic(), acting(Actor.worker("erased")):
        return Erasure.objects.filter(identity=identity).exists()


def check(identity: int, refusal: type[Exception], sentence: str) -> None:
    """Raise ``refusal`` with ``sentence`` where a person was erased.

    Nobody erases them until the transaction ends, so that what it writes is destroyed with the
    rest.
    """
    with acting(Actor.worker("erased")):
        Identity.objects.select_for_update(no_key=True).get(pk=identity)
        if Erasure.objects.filter(identity=identity).exists():
            raise refusal(sentence)
