"""Asking for a pack: by the dealer's owner, on any day, as often as they like."""

from datetime import datetime

from django.utils.translation import gettext_noop

from dealers import exports, sayings
from dealers.actor import Actor
from dealers.exit_pack import making, parts
from dealers.models import Export, Role

TASK = "dealers.tasks.write_exit_pack"
TITLE = gettext_noop("Everything of your dealer, to take away")


class NotYours(Exception):
    """Only the owner of a dealer takes everything."""


def ask(*, by: Actor, at: datetime, task: str = TASK) -> Export:
    """Have the worker make the pack of the owner's dealer. Raises NotYours for everybody else.

    ``task`` does so where more is to be done afterwards.
    """
    if by.role != Role.OWNER or by.dealer_id is None:
        raise NotYours
    tables = parts.tables()
    return exports.ask(
        task,
        {"task": task},
        title=sayings.kept(TITLE),
        name=f"exit-pack-{by.post.dealer.code}.zip",  # type: ignore[union-attr]  # an owner's
        rows=sum(table.count(by.dealer_id) for table in tables),
        fields=making.named(tables),
        by=by,
        at=at,
    )


def made_lately(*, by: Actor) -> list[Export]:
    """The owner's packs that are there or being made, the newest first."""
    found = Export.objects.visible_to([by.post]).filter(name__startswith="exit-pack-")
    return list(found.order_by("-asked_at"))
