from uuid import UUID

from django.db import transaction

from customers import cards
from dealers.commands import PortalCommand


class Command(PortalCommand):
    help = "Make the search tokens of all customer cards anew. Again: no change."

    def handle(self, *_args, **_options):
        after: UUID | None = UUID(int=0)
        while after is not None:
            with transaction.atomic():
                after = cards.make_findable(after)
