"""The settings of the published rulebooks, and which of them applies to an act."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Self
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from customers.models import Rulebook
from dealers.database import prepared


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
    release_after_days: int | None
    warning_days: tuple[int, ...]
    sharing_days: tuple[int, ...]  # beside the first protection, by level; none: for no level
    extension_days: int
    extensions: int
    pool_claims_per_day: int | None
    pool_cooldown_days: int | None
    answer_mode: str
    confirmation_hours: int

    @classmethod
    def of(cls, rulebook: Rulebook) -> "Settings":
        values = {field.name: getattr(rulebook, field.name) for field in fields(cls)}
        return cls(
            **values
            | {
                "owner_share": Decimal(values["owner_share"]),
                "warning_days": tuple(values["warning_days"]),
                "sharing_days": tuple(values["sharing_days"]),
            }
        )


def choose(published: Sequence[Settings], day: date) -> Settings:
    """Of the published rulebooks the latest that applies on ``day``, else the earliest of all."""
    if not published:
        raise RegistrationRefused(_("No rulebook is published yet. Please ask HQ to publish one."))
    started = [settings for settings in published if settings.starts_on <= day]
    if started:
        return max(started, key=lambda settings: settings.starts_on)
    return min(published, key=lambda settings: settings.starts_on)


# The ids of those that are published, as a column of a statement.
PUBLISHED = "ARRAY(SELECT id FROM customers_rulebook WHERE published_at IS NOT NULL ORDER BY id)"


class Rulebooks:
    """The published rulebooks, and which of them applies to an act."""

    def __init__(self, published: Sequence[Settings]) -> None:
        self.published = published
        self._only = published[0] if len(published) == 1 else None
        self._by_day: dict[date, Settings] = {}

    @classmethod
    def on_file(cls) -> Self:
        """Those that are published now."""
        with prepared() as cursor:
            cursor.execute(f"SELECT {PUBLISHED}")
            return cls.of(cursor.fetchone()[0])

    @classmethod
    def of(cls, ids: Iterable[int]) -> Self:
        """Those that a statement has read with ``PUBLISHED``."""
        return cls([_published(rulebook) for rulebook in ids])

    def on(self, moment: datetime, tz: ZoneInfo) -> Settings:
        """The settings for an act at a store with this time zone. Raises RegistrationRefused."""
        if self._only is not None:
            return self._only
        day = moment.astimezone(tz).date()
        if day not in self._by_day:
            self._by_day[day] = choose(self.published, day)
        return self._by_day[day]

    def since(self, start: datetime, moment: datetime, tz: ZoneInfo) -> Sequence[Settings]:
        """The settings that were in force from ``start`` to ``moment``, the latest first.

        Of what runs all of them are its own: a new rulebook applies to it only where it is better
        for the owner. Raises RegistrationRefused.
        """
        latest = self.on(moment, tz)
        if self._only is not None or (first := self.on(start, tz)) is latest:
            return (latest,)
        between = [
            each for each in self.published if first.starts_on <= each.starts_on <= latest.starts_on
        ]
        return sorted(between, key=lambda each: each.starts_on, reverse=True) or (latest,)


@cache
def _published(rulebook: int) -> Settings:
    """The settings of a published rulebook, which never change."""
    return Settings.of(Rulebook.objects.get(pk=rulebook))
