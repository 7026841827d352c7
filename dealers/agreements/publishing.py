"""Versions of the agreement: what stands against a draft, what it says, its publication.

A draft is put forward by one person and approved by another, always: it binds both sides.
"""

from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from dealers import notices, outbox, publication, sayings
from dealers.actor import Actor
from dealers.agreements import signing
from dealers.models import AgreementAnswer, AgreementVersion, Membership, NoticeKind, Role
from dealers.notices import Telling
from dealers.words import sentences

TELL = "dealers.tasks.tell_of_agreement"
WAITS = gettext_noop("Dealers whose owner has signed nothing yet register nobody until they have.")
GOES_ON = gettext_noop("Until you sign it, what you signed before stands. Nothing ends.")


def publish(draft: AgreementVersion, *, by: Actor, at: datetime) -> AgreementVersion:
    """Offer a draft to every dealer, for good, and tell their owners. Raises PublicationRefused."""
    published = WAY.publish(draft, by=by, at=at)
    outbox.add(TELL, published.pk, at=at, key=f"agreement:{published.pk}")
    return published


def problems(draft: AgreementVersion, at: datetime) -> list[str]:
    """What stands against publishing a version at ``at``, in sentences."""
    found = []
    published = AgreementVersion.objects.published().exclude(pk=draft.pk)
    if (taken := published.filter(starts_on=draft.starts_on).first()) is not None:
        found.append(
            _("On %(day)s the published version “%(name)s” starts; choose another day.")
            % {"day": draft.starts_on.isoformat(), "name": taken.name}
        )
    if published.filter(name=draft.name).exists():
        found.append(_("A published version is called “%s” already.") % draft.name)
    if draft.starts_on < signing.today(at):
        found.append(
            _("%(day)s is over: nobody agrees to what applied before it was published.")
            % {"day": draft.starts_on.isoformat()}
        )
    elif draft.required:
        found += publication.too_soon(draft.starts_on, signing.today(at), draft.notice_days)
    promised = published.aggregate(days=Max("notice_days"))["days"] or 0
    if draft.notice_days < promised:
        found.append(
            _("Owners were promised %(days)d days of notice: no version gives fewer.")
            % {"days": promised}
        )
    duties = (draft.hq_duties, draft.hq_duties_en, draft.dealer_duties, draft.dealer_duties_en)
    if not all(each.strip() for each in duties):
        found.append(_("Say what either side does, in both languages: one duty at least of each."))
    return found


WAY = publication.TwoPeople(problems)
put_forward, approve = WAY.put_forward, WAY.approve


def parts(version: AgreementVersion) -> Mapping[str, tuple[str, str]]:
    """The name and the words of each part, by its key."""
    waits = _("Registering does not wait for a signature.")
    if version.required:
        ahead = ngettext(
            "It is published at least %(days)d day before that is so.",
            "It is published at least %(days)d days before that is so.",
            version.notice_days,
        )
        waits = sentences(_(WAITS), ahead % {"days": version.notice_days})
    return {
        "title": (_("Title"), f"{version.title} / {version.title_en}"),
        "brand": (_("The brand does"), version.hq_duties),
        "brand_en": (_("The brand does, in English"), version.hq_duties_en),
        "dealer": (_("The dealer does"), version.dealer_duties),
        "dealer_en": (_("The dealer does, in English"), version.dealer_duties_en),
        "text": (_("Full text"), version.text),
        "text_en": (_("Full text in English"), version.text_en),
        "required": (_("Before it is signed"), waits),
    }


def before(day: date) -> AgreementVersion | None:
    """What is published and applies until ``day``."""
    return AgreementVersion.objects.published().filter(starts_on__lt=day).first()


def tell_owners(version_id: int, at: datetime) -> int:
    """Tell the owners of all dealers that a published version waits for them; how many.

    Not those of dealers that have answered it already.
    """
    version = AgreementVersion.objects.published().get(pk=version_id)
    answered = AgreementAnswer.objects.filter(version=version).values("dealer")
    posts = Membership.objects.current(at).filter(role=Role.OWNER).exclude(dealer__in=answered)
    said = sayings.kept(
        gettext_noop("Version %(name)s of the agreement applies from %(day)s: read and answer it"),
        name=[version.name],
        day=[version.starts_on.isoformat()],
    )
    told = Telling(
        [post.user for post in posts.select_related("user")],
        said,
        reverse("dealers:agreement-version", args=[version.pk]),
        f"agreement:{version.pk}",
    )
    return notices.tell_all(
        [told],
        NoticeKind.AGREEMENT,
        at=at,
        detail=sayings.kept(WAITS if version.required else GOES_ON),
    )
