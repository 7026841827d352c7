"""Typing numbers must not pay: how many a person and a store may register, and who is paused."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from customers.ownership.settings import RegistrationRefused, Settings

CONFLICT_WINDOW = 50  # a person's last registrations, of which a share may be protected elsewhere


@dataclass(frozen=True, slots=True)
class Tried:
    """What a person and a store registered lately, counted no further than their limits."""

    person_minute: int
    person_day: int
    store_day: int
    conflicts: int  # of the person's last registrations, those protected elsewhere


def check_limits(tried: Tried, settings: Settings) -> None:
    """Typing numbers must not pay: so many a minute and day, and not too many of others."""
    if _reached(tried.person_minute, settings.person_minute_limit):
        raise RegistrationRefused(
            _("You registered %(count)d customers in the last minute. Wait a minute, then go on.")
            % {"count": tried.person_minute}
        )
    if _reached(tried.person_day, settings.person_daily_limit):
        raise RegistrationRefused(
            _("You registered %(count)d customers today, as many as a person may. Go on tomorrow.")
            % {"count": tried.person_day}
        )
    if _reached(tried.store_day, settings.store_daily_limit):
        raise RegistrationRefused(
            _("Your store registered %(count)d customers today, as many as it may. Go on tomorrow.")
            % {"count": tried.store_day}
        )
    percent = settings.conflict_percent
    if percent is not None and tried.conflicts * 100 > percent * CONFLICT_WINDOW:
        raise RegistrationRefused(
            _(
                "Many of your last customers already had a store. Registering pauses until HQ has"
                " looked at it; please contact HQ."
            )
        )


def _reached(count: int, limit: int | None) -> bool:
    return limit is not None and count >= limit
