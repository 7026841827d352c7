"""Offering a dealer everything of it before headquarters may close it."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.models import ClosingKind, ExitOffer
from dealers import forbidden, notices, sayings
from dealers.actor import Actor, acting
from dealers.exit_pack import asking, making
from dealers.models import Dealer, Export, ExportState, ForbiddenAct, Membership, NoticeKind, Role

TASK = "customers.tasks.write_offered_pack"
READY = gettext_noop(
    "Headquarters means to end the work with you. Everything that is yours is ready to take away:"
    " it is kept for a day, and made anew whenever you ask."
)


class ClosingRefused(Exception):
    """The message is written for the person who asked."""


def offer(dealer: Dealer, *, by: Actor, at: datetime) -> ExitOffer:
    """Have the pack with everything of a dealer made for its owner. By headquarters.

    Raises ClosingRefused without an owner who could take it, and while it is being made.
    """
    if not by.at_hq:
        raise ClosingRefused(_("Only headquarters does this."))
    with transaction.atomic(), acting(Actor.worker("offer_pack", by.user)):
        Dealer.objects.select_for_update(no_key=True).get(pk=dealer.pk)
        _check(dealer, at)
        post = _owner(dealer, at)
        with translation.override(post.user.language or settings.LANGUAGE_CODE):
            export = asking.ask(by=Actor.of(post), at=at, task=TASK)
        return ExitOffer.objects.create(
            dealer=dealer, to=post.user, by=by.person, offered_at=at, export=export.pk
        )


def _check(dealer: Dealer, at: datetime) -> None:
    """Raise ClosingRefused where there is nothing to offer, or somebody has just offered it."""
    if dealer.closings.standing().filter(kind=ClosingKind.DEALER).exists():
        raise ClosingRefused(_("This dealer closes already."))
    being_made = Export.objects.filter(
        pk__in=ExitOffer.objects.filter(dealer=dealer, ready_at=None).values("export"),
        state=ExportState.WAITING,
    )
    if being_made.exists():
        raise ClosingRefused(_("It is being made already: wait until it is ready."))
    if standing(dealer, at) is not None:
        raise ClosingRefused(_("It is ready already: the closing can be begun."))


def _owner(dealer: Dealer, at: datetime) -> Membership:
    posts = Membership.objects.current(at).filter(role=Role.OWNER, dealer=dealer)
    found = posts.select_related("user", "dealer").order_by("starts_at", "pk").first()
    if found is None:
        raise ClosingRefused(
            _("This dealer has no owner who could take what is theirs: invite one first.")
        )
    return found


@transaction.atomic
def made(export_id: str, at: datetime) -> None:
    """Note that an offered pack is there, and tell the owners, once."""
    export = Export.objects.filter(pk=export_id, state=ExportState.DONE).first()
    waiting = ExitOffer.objects.filter(export=export_id, ready_at=None)
    offered = waiting.select_for_update(no_key=True).first()
    if export is None or offered is None:
        return
    offered.ready_at, offered.manifest = at, making.manifest_of(export)
    offered.save(update_fields=["ready_at", "manifest"])
    notices.tell(
        notices.owners(offered.dealer_id, at),
        NoticeKind.CLOSES,
        sayings.kept(READY),
        to=reverse("dealers:exit-pack"),
        about=f"offer:{offered.pk}",
        at=at,
    )


def standing(dealer: Dealer, at: datetime) -> ExitOffer | None:
    """The pack that was ready for the dealer's owner, by which it may be closed.

    With a post its files go, so it is one of somebody who is the owner still.
    """
    ready = ExitOffer.objects.ready(at).filter(dealer=dealer, closing=None)
    return ready.filter(to__in=notices.owners(dealer.pk, at)).order_by("-ready_at").first()


def needed(dealer: Dealer, *, by: Actor, at: datetime) -> ExitOffer:
    """The pack that stands. Raises ClosingRefused without one; the dealer reads of the try."""
    found = standing(dealer, at)
    if found is None:
        said = sayings.kept(forbidden.UNPACKED)
        forbidden.note(ForbiddenAct.CLOSING, said, by=by, dealer_id=dealer.pk, at=at)
        raise ClosingRefused(
            _(
                "First offer this dealer everything that is its own: a pack that is made for this"
                " closing and was ready for its owner in the last 30 days."
            )
        )
    return found
