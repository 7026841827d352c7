"""The settings of the published rulebooks, and which of them applies to an act."""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import cache

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from customers.models import Rulebook


class RegistrationRefused(Exception):
    """Not registered; the message is written for the person who asked."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one rulebook; None switches a rule off."""

    id: int
    starts_on: date
    protection_days: int
    activity_renews_days: int | None
    visit_qualifies: bool
    sale_renews_days: int | None
    max_days_without_sale: int | None
    grace_days: int
    first_contact_hours: int | None
    person_cap: int | None
    store_cap: int | None
    person_daily_limit: int | None
    person_minute_limit: int | None
    store_daily_limit: int | None
    conflict_percent: int | None
    owner_share: Decimal

    @classmethod
    def of(cls, rulebook: Rulebook) -> "Settings":
        values = {field.name: getattr(rulebook, field.name) for field in fields(cls)}
        return cls(**values | {"owner_share": Decimal(values["owner_share"])})


def choose(published: list[Settings], day: date) -> Settings:
    """Of the published rulebooks the latest that applies on ``day``, else the earliest of all."""
    if not published:
        raise RegistrationRefused(_("No rulebook is published yet. Please ask HQ to publish one."))
    started = [settings for settings in published if settings.starts_on <= day]
    if started:
        return max(started, key=lambda settings: settings.starts_on)
    return min(published, key=lambda settings: settings.starts_on)


def in_force(day: date) -> Settings:
    """The settings that apply to an act on a store's local ``day``. Raises RegistrationRefused."""
    return choose(published_settings(), day)


def published_settings() -> list[Settings]:
    """The settings of all published rulebooks."""
    rulebooks: QuerySet[Rulebook] = Rulebook.objects.published()
    return [Settings.of(rulebook) for rulebook in rulebooks]


def settings_of(rulebook_id: int | None) -> Settings:
    """The settings of a published rulebook, which never change. None: none is published."""
    if rulebook_id is None:
        return choose([], date.min)
    return _published(rulebook_id)


@cache
def _published(rulebook_id: int) -> Settings:
    return Settings.of(Rulebook.objects.get(pk=rulebook_id))
