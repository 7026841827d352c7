"""Terms of dispatch: what stands against a draft, what it says in sentences, its publication.

Until a store was offered a lead, whoever sets the portal up publishes alone. From then on a draft
is put forward by one person and approved by another.
"""

from datetime import datetime
from functools import partial

from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import DispatchTerms, Offer
from dealers import publication
from dealers.actor import Actor


def publish(draft: DispatchTerms, *, by: Actor, at: datetime) -> DispatchTerms:
    """Put a draft in force from its first day, never today or before. Raises PublicationRefused."""
    return publication.publish(draft, by=by, at=at, problems=partial(_problems, at=at))


def put_forward(draft: DispatchTerms, *, by: Actor, at: datetime) -> DispatchTerms:
    """Have a draft stay as it is until somebody else approves it. Raises PublicationRefused."""
    return publication.take_step(draft, "tested", by=by, at=at, problems=partial(problems, at=at))


def approve(draft: DispatchTerms, *, by: Actor, at: datetime) -> DispatchTerms:
    """Somebody else agrees to a draft that was put forward. Raises PublicationRefused."""

    def found(terms: DispatchTerms) -> list[str]:
        return problems(terms, at) + not_approvable(terms, by.user_id)

    return publication.take_step(draft, "approved", by=by, at=at, problems=found)


def relied_on() -> bool:
    """Whether a store was offered a lead: two people publish from then on."""
    return Offer.objects.exists()


def not_approvable(draft: DispatchTerms, user: int | None) -> list[str]:
    """What stands against somebody's approving a draft, in sentences."""
    return publication.not_approvable(draft, user, publication.PUT_FORWARD)


def missing(draft: DispatchTerms) -> list[str]:
    """The steps that nobody took and that publishing needs, in sentences."""
    return publication.missing_steps(draft, publication.PUT_FORWARD) if relied_on() else []


def _problems(draft: DispatchTerms, at: datetime) -> list[str]:
    return problems(draft, at) + missing(draft)


def problems(draft: DispatchTerms, at: datetime) -> list[str]:
    """What stands against publishing terms at ``at``, in sentences."""
    found = []
    taken = DispatchTerms.objects.published().filter(starts_on=draft.starts_on).first()
    if taken is not None:
        found.append(
            _("On %(day)s the published terms “%(name)s” start; choose another day.")
            % {"day": draft.starts_on.isoformat(), "name": taken}
        )
    today = timezone.localdate(at, timezone.get_default_timezone())
    if draft.starts_on <= today:
        found.append(
            _("%(day)s has begun: what was offered keeps its terms. Choose a day after %(today)s.")
            % {"day": draft.starts_on.isoformat(), "today": today.isoformat()}
        )
    if draft.bands != sorted(set(draft.bands)):
        found.append(_("Write the distance bands rising, each once."))
    if draft.conversion_bands != sorted(set(draft.conversion_bands), reverse=True):
        found.append(_("Write the conversion bands falling, each once."))
    return found


def parts(draft: DispatchTerms) -> dict[str, tuple[str, str]]:
    """The name and the sentences of each part, by its key."""
    said = {each.name: getattr(draft, each.name) for each in DispatchTerms._meta.concrete_fields}
    said["bands"] = ", ".join(map(str, draft.bands)) or "–"
    said["conversion_bands"] = ", ".join(map(str, draft.conversion_bands)) or "–"
    said["online_region"] = draft.online_region
    online = (
        _("Online orders of customers whom no store ever had go to %(online_region)s.")
        if draft.online_region
        else _("Online orders of customers whom no store ever had become no leads.")
    )
    return {
        "deadlines": (
            _("Deadlines"),
            _(
                "A store answers within %(answer_hours)s working hours, and calls within"
                " %(contact_hours)s hours after it accepted. %(hops)s stores are asked, then the"
                " region."
            )
            % said,
        ),
        "order": (
            _("Order of the stores"),
            _(
                "Distance bands end at %(bands)s metres. Leads of the last %(counted_days)s days"
                " count as received. Conversion bands begin at %(conversion_bands)s percent, of at"
                " least %(mature_least)s customers who came %(mature_after_days)s to"
                " %(mature_until_days)s days ago."
            )
            % said,
        ),
        "returns": (
            _("Returned leads"),
            _(
                "A lead is returned within %(junk_hours)s hours, and taken back at once up to"
                " %(junk_percent)s %% of a store's leads."
            )
            % said,
        ),
        "online": (_("Online orders"), online % said),
    }
