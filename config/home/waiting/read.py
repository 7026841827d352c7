"""What waits and is read for the page anyhow, or kept."""

from collections.abc import Iterator

from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.home.known import Known
from config.home.waiting.item import Waiting, listed_at
from customers.ownership import limits
from dealers.months import hq_midnight, next_month
from dealers.months import key as month_key
from dealers.signin import tries
from incentives.books import periods

PAUSED_FOR = 300  # seconds that the number of pauses may be old
DRAFTS = {"published_at__isempty": 1}


def _months(known: Known) -> Iterator[Waiting]:
    due = periods.due_from(known.to_close, known.at) if known.to_close else []
    if due:
        yield Waiting(
            ngettext("%d month to close", "%d months to close", len(due)) % len(due),
            _("Next: %(month)s") % {"month": month_key(due[0])},
            listed_at("incentives_run"),
            "warn" if len(due) == 1 else "bad",
            hq_midnight(next_month(due[0])),
        )


def _rulebooks(known: Known) -> Iterator[Waiting]:
    if not any(each.published_at for each in known.rulebooks):
        yield Waiting(
            _("No rulebook is published"),
            _("Nothing can be registered until one is."),
            listed_at("customers_rulebook"),
            "bad",
        )
    names = []
    for draft in known.rulebooks:
        if draft.published_at is None and draft.tested_at and not draft.approved_at:
            yield Waiting(
                _("“%(draft)s” waits to be approved") % {"draft": draft},
                _("Tested by %(name)s; somebody else approves it.")
                % {"name": draft.tested_by or "–"},
                reverse("admin:customers_rulebook_change", args=[draft.pk]),
                "warn",
                draft.tested_at,
            )
        elif draft.published_at is None:
            names.append(draft.name)
    if names:
        yield Waiting(
            ngettext("%d rulebook draft", "%d rulebook drafts", len(names)) % len(names),
            ", ".join(names[:3]),
            listed_at("customers_rulebook", **DRAFTS),
        )


def _plans(known: Known) -> Iterator[Waiting]:
    drafts = [each for each in known.versions if not each.is_published]
    if drafts:
        yield Waiting(
            ngettext("%d plan draft", "%d plan drafts", len(drafts)) % len(drafts),
            ", ".join(map(str, drafts[:3])),
            listed_at("incentives_planversion", **DRAFTS),
        )


def _consents(known: Known) -> Iterator[Waiting]:
    found = known.invitations[1]
    if count := found.count:
        yield Waiting(
            ngettext("%d further owner", "%d further owners", count) % count,
            _("An owner of the dealer or another person than the sender has to agree."),
            listed_at("dealers_invitation", state="consent"),
            "warn",
            found.first,
        )


def _paused(known: Known) -> Iterator[Waiting]:
    count = cache.get("waiting:pauses")
    if count is None:
        count = len(limits.pauses(known.at))
        cache.set("waiting:pauses", count, PAUSED_FOR)
    if count:
        yield Waiting(
            ngettext("%d person paused", "%d people paused", count) % count,
            _("Too many of their last registrations were protected elsewhere."),
            reverse("admin:customers_registration_paused"),
            "warn",
        )


def _guessing(known: Known) -> Iterator[Waiting]:
    if count := tries.alarms(known.at):
        yield Waiting(
            ngettext("%d alarm at the login", "%d alarms at the login", count) % count,
            _("Within an hour strangers tried far more often than usual. Look at the log."),
            listed_at("dealers_user"),
            "bad",
        )


LOOKS = (
    ("incentives.view_run", _months),
    ("customers.view_rulebook", _rulebooks),
    ("incentives.view_planversion", _plans),
    ("dealers.change_invitation", _consents),
    ("dealers.view_membership", _paused),
    ("dealers.view_user", _guessing),
)
