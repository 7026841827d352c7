"""A rulebook read back in sentences, and what it changes against the one before it."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import AnswerMode, Rulebook
from dealers.publication import Change, changes
from dealers.words import exact_percent, sentences

Parts = dict[str, tuple[str, str]]  # name and sentence of each rule, by its key


def parts(rulebook: Rulebook) -> Parts:
    """What a rulebook says, a sentence for each rule; of what works today only."""
    return {
        "answer": (_("Answer"), _answer(rulebook)),
        "protection": (_("Protection"), _protection(rulebook)),
        "sharing": (_("Sharing"), _sharing(rulebook)),
        "activities": (_("Activities"), _activities(rulebook)),
        "sales": (_("Sales"), _sales(rulebook)),
        "contact": (_("First contact"), _contact(rulebook)),
        "warnings": (_("Warnings"), _warnings(rulebook)),
        "extensions": (_("More time"), _extensions(rulebook)),
        "pool": (_("Pool"), _pool(rulebook)),
        "caps": (_("Caps"), _caps(rulebook)),
        "limits": (_("Limits"), _limits(rulebook)),
        "conflicts": (_("Registrations protected elsewhere"), _conflicts(rulebook)),
        "notice": (_("Notice of changes"), _notice(rulebook)),
        "share": (
            _("Shares"),
            _("When another dealer sells to the customer, %(share)s of the sale are the owner's.")
            % {"share": exact_percent(Decimal(rulebook.owner_share))},
        ),
    }


def predecessor(rulebook: Rulebook) -> Rulebook | None:
    """The published rulebook that is in force when this one starts."""
    return (
        Rulebook.objects.published()
        .exclude(pk=rulebook.pk)
        .filter(starts_on__lte=rulebook.starts_on)
        .order_by("-starts_on")
        .first()
    )


def successor(rulebook: Rulebook) -> Rulebook | None:
    """The published rulebook that takes over from this one, if one is published already."""
    return (
        Rulebook.objects.published()
        .exclude(pk=rulebook.pk)
        .filter(starts_on__gt=rulebook.starts_on)
        .order_by("starts_on")
        .first()
    )


def differences(before: Rulebook, after: Rulebook) -> list[Change]:
    """What ``after`` changes, rule by rule."""
    return changes(parts(before), parts(after))


def _notice(rulebook: Rulebook) -> str:
    if not rulebook.notice_days:
        return _("Another rulebook may be published for the same day.")
    return _("Another rulebook is published %(days)s before it applies, at the latest.") % {
        "days": _days(rulebook.notice_days)
    }


def _days(number: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", number) % {"count": number}


def _answer(rulebook: Rulebook) -> str:
    if rulebook.answer_mode == AnswerMode.INSTANT:
        return _("A registration is answered at once.")
    hours = rulebook.confirmation_hours
    said = ngettext(
        "A registration is answered once the customer has confirmed it, by code, link or scan, and"
        " by what is so at that moment; without that it lapses after %(count)d hour.",
        "A registration is answered once the customer has confirmed it, by code, link or scan, and"
        " by what is so at that moment; without that it lapses after %(count)d hours.",
        hours,
    ) % {"count": hours}
    return sentences(said, _("Rows of a file, which nobody can confirm, are answered at once."))


def _protection(rulebook: Rulebook) -> str:
    said = _("A registered customer is the store's for %(days)s.") % {
        "days": _days(rulebook.protection_days)
    }
    if not rulebook.grace_days:
        return said
    grace = _("For %(days)s after the end nobody but the owner can renew or register.")
    return sentences(said, grace % {"days": _days(rulebook.grace_days)})


def _sharing(rulebook: Rulebook) -> str:
    if not any(rulebook.sharing_days):
        return _("The first protection is as long at each level of sharing.")
    given = [f"L{level} +{days}" for level, days in enumerate(rulebook.sharing_days)]
    return _(
        "The first protection is longer by the level at which the dealer shares the customer with"
        " the brand, in days: %(days)s. A protection that runs is not shortened by a lower level."
    ) % {"days": ", ".join(given)}


def _activities(rulebook: Rulebook) -> str:
    if rulebook.activity_renews_days is None:
        return _("No activity renews the protection.")
    if rulebook.visit_qualifies:
        said = _("A visit, call, quote, deposit or service renews the protection for %(days)s.")
    else:
        said = _(
            "A call, quote, deposit or service renews the protection for %(days)s; a visit does"
            " not."
        )
    return said % {"days": _days(rulebook.activity_renews_days)}


def _sales(rulebook: Rulebook) -> str:
    if rulebook.sale_renews_days is None:
        said = _("A sale does not renew the protection.")
    else:
        said = _("A sale renews the protection for %(days)s.") % {
            "days": _days(rulebook.sale_renews_days)
        }
    if rulebook.max_days_without_sale is None:
        longest = _("Without a sale it may be renewed without end.")
    else:
        longest = _("Without a sale it ends %(days)s after its start at the latest.") % {
            "days": _days(rulebook.max_days_without_sale)
        }
    return sentences(said, longest)


def _contact(rulebook: Rulebook) -> str:
    hours = rulebook.first_contact_hours
    if hours is None:
        return _("The first contact is no duty.")
    said = ngettext(
        "The first contact is due within %(count)d hour; who misses it has no share of what"
        " another dealer sells.",
        "The first contact is due within %(count)d hours; who misses it has no share of what"
        " another dealer sells.",
        hours,
    ) % {"count": hours}
    if rulebook.release_after_days is None:
        return sentences(said, _("Nobody is released for want of a contact."))
    released = _("Without contact the customer is free for others after %(days)s.")
    return sentences(said, released % {"days": _days(rulebook.release_after_days)})


def _warnings(rulebook: Rulebook) -> str:
    if not rulebook.warning_days:
        return _("Nobody is warned before a protection ends.")
    days = ", ".join(str(day) for day in sorted(rulebook.warning_days, reverse=True))
    return _("The owner is warned %(days)s days before a protection ends.") % {"days": days}


def _extensions(rulebook: Rulebook) -> str:
    if not rulebook.extensions or not rulebook.extension_days:
        return _("A protection is not extended on request.")
    return ngettext(
        "On request a protection is extended by %(days)s, %(count)d time at most; without an answer"
        " in two working days it is, once.",
        "On request a protection is extended by %(days)s, %(count)d times at most; without an"
        " answer in two working days it is, once.",
        rulebook.extensions,
    ) % {"days": _days(rulebook.extension_days), "count": rulebook.extensions}


def _pool(rulebook: Rulebook) -> str:
    said = _("Customers that a person may take out of the pool on one day: %(number)s.") % {
        "number": _at_most(rulebook.pool_claims_per_day)
    }
    if not rulebook.pool_cooldown_days:
        return said
    waits = _(
        "The store that had a customer leaves them to others for %(days)s, or for 48 hours where"
        " nobody takes them."
    )
    return sentences(said, waits % {"days": _days(rulebook.pool_cooldown_days)})


def _at_most(number: int | None) -> str:
    return _("any number") if number is None else f"{number:,}"


def _caps(rulebook: Rulebook) -> str:
    return _(
        "Open protected customers without a sale: at most %(person)s per person and %(store)s per"
        " store; above it registrations wait."
    ) % {"person": _at_most(rulebook.person_cap), "store": _at_most(rulebook.store_cap)}


def _limits(rulebook: Rulebook) -> str:
    return _(
        "Registrations: at most %(minute)s per person and minute, %(day)s per person and day,"
        " %(store)s per store and day."
    ) % {
        "minute": _at_most(rulebook.person_minute_limit),
        "day": _at_most(rulebook.person_daily_limit),
        "store": _at_most(rulebook.store_daily_limit),
    }


def _conflicts(rulebook: Rulebook) -> str:
    if rulebook.conflict_percent is None:
        return _("However many there are, nobody's registering pauses.")
    return _(
        "Whoever has more than %(percent)d%% of them among the last 50 pauses until headquarters"
        " looked."
    ) % {"percent": rulebook.conflict_percent}
