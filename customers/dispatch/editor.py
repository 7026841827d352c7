"""Terms of dispatch: what stands against a draft, what it says in sentences, its publication.

Until a store was offered a lead, whoever sets the portal up publishes alone. From then on a draft
is put forward by one person and approved by another.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from customers.models import DispatchTerms, Offer
from dealers import publication
from dealers.months import hq_day


def relied_on() -> bool:
    """Whether a store was offered a lead: two people publish from then on."""
    return Offer.objects.exists()


def problems(draft: DispatchTerms, at: datetime) -> list[str]:
    """What stands against publishing terms at ``at``, in sentences."""
    found = []
    taken = DispatchTerms.objects.published().filter(starts_on=draft.starts_on).first()
    if taken is not None:
        found.append(
            _("On %(day)s the published terms “%(name)s” start; choose another day.")
            % {"day": draft.starts_on.isoformat(), "name": taken}
        )
    today = hq_day(at)
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


WAY = publication.TwoPeople(problems, relied_on)
put_forward, approve, publish = WAY.put_forward, WAY.approve, WAY.publish


def parts(draft: DispatchTerms) -> dict[str, tuple[str, str]]:
    """The name and the sentences of each part, by its key."""
    said = {each.name: getattr(draft, each.name) for each in DispatchTerms._meta.concrete_fields}
    said["bands"] = ", ".join(map(str, draft.bands)) or "–"
    said["conversion_bands"] = ", ".join(map(str, draft.conversion_bands)) or "–"
    said["online_region"] = draft.online_region
    certified = (
        _("Only stores are asked at whose dealer somebody holds a valid certificate.")
        if draft.certified_only
        else _("Stores are asked whether or not anybody there holds a certificate.")
    )
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
        "certified": (_("Certificates"), certified),
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
                " %(junk_percent)s %% of a store's leads. Above that headquarters answers within"
                " two working days; until then nobody has to call, and without an answer it is"
                " taken back."
            )
            % said,
        ),
        "online": (_("Online orders"), online % said),
    }
