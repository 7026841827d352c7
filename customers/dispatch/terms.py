"""The numbers of dispatch (rules.md 5), as headquarters set them for a day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from customers.models import DispatchTerms
from dealers.calendar import OFFER_HOURS
from dealers.months import hq_day
from dealers.publication import PublicationQuerySet

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """By what leads are offered, answered and returned."""

    answer_hours: int = OFFER_HOURS  # of opening
    contact_hours: int = 24
    hops: int = 3  # stores that are asked one after the other
    bands: tuple[int, ...] = (3_000, 10_000, 30_000)  # metres: up to which each distance band goes
    conversion_bands: tuple[int, ...] = (30, 15)  # percent: from which each band is
    mature_least: int = 30  # customers, below which a conversion says nothing
    certified_only: bool = False  # whether nobody is asked at whose dealer nobody is certified
    counted: timedelta = 90 * DAY  # how long a lead counts as received
    mature_after: timedelta = 90 * DAY  # a customer had time to buy
    mature_until: timedelta = 270 * DAY
    junk_within: timedelta = 72 * HOUR  # after it was accepted
    junk_percent: int = 15  # of a store's leads that it returns without anybody looking
    online_region: int | None = None  # of online orders whose customer no store ever had

    @classmethod
    def of(cls, kept: DispatchTerms) -> "Terms":
        return cls(
            answer_hours=kept.answer_hours,
            contact_hours=kept.contact_hours,
            hops=kept.hops,
            bands=tuple(kept.bands),
            conversion_bands=tuple(kept.conversion_bands),
            mature_least=kept.mature_least,
            certified_only=kept.certified_only,
            counted=kept.counted_days * DAY,
            mature_after=kept.mature_after_days * DAY,
            mature_until=kept.mature_until_days * DAY,
            junk_within=kept.junk_hours * HOUR,
            junk_percent=kept.junk_percent,
            online_region=kept.online_region_id,
        )


TERMS = Terms()  # until headquarters publishes others


def in_force(moment: datetime) -> Terms:
    """The terms of the day of headquarters that ``moment`` lies in."""
    day = hq_day(moment)
    found = _published().filter(starts_on__lte=day).values_list("pk", flat=True).first()
    return TERMS if found is None else _terms(found)


def before(day: date) -> DispatchTerms | None:
    """What is published and applies until ``day``."""
    return _published().filter(starts_on__lt=day).first()


def after(day: date) -> DispatchTerms | None:
    """What is published and takes over after ``day``."""
    return _published().filter(starts_on__gt=day).order_by("starts_on").first()


def _published() -> PublicationQuerySet[DispatchTerms]:
    return DispatchTerms.objects.published().order_by("-starts_on")


@cache
def _terms(kept: int) -> Terms:
    """Published terms, which never change."""
    return Terms.of(DispatchTerms.objects.get(pk=kept))
