"""A rulebook as a program file writes it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from customers.models import AnswerMode, Rulebook

NUMBERS = (
    "protection_days", "activity_renews_days", "sale_renews_days", "max_days_without_sale",
    "grace_days", "first_contact_hours", "person_daily_limit", "person_minute_limit",
    "store_daily_limit", "conflict_percent", "release_after_days", "extension_days", "extensions",
    "pool_claims_per_day", "pool_cooldown_days", "confirmation_hours", "notice_days",
)  # fmt: skip
# Of these 0 is off, and null says so as well.
ZERO_IS_OFF = ("grace_days", "extension_days", "extensions", "notice_days")
CAPS = {"person": "person_cap", "store": "store_cap"}
# What a field is called in a file.
KEYS = {"starts_on": "from"} | {field: f"caps.{key}" for key, field in CAPS.items()}


class RulebookNotValid(Exception):
    """The message says where in the file something is wrong, and what would be right."""


def read_rulebook(data: Any, place: str = "rulebook") -> Rulebook:
    """What ``create_rulebook`` reads, not saved and not looked up. Raises RulebookNotValid."""
    if not isinstance(data, dict):
        raise RulebookNotValid(_("%(place)s: write an object.") % {"place": place})
    known = sorted({*NUMBERS, *OTHER})
    unknown = sorted(set(data).difference(known))
    if unknown:
        raise RulebookNotValid(
            _("%(place)s.%(key)s is not a setting. Known are: %(known)s.")
            % {"place": place, "key": unknown[0], "known": ", ".join(known)}
        )
    rulebook = Rulebook(name=_name(data, place), starts_on=_start(data, place))
    for key in NUMBERS:
        if key in data:
            zero = key in ZERO_IS_OFF
            number = _number(f"{place}.{key}", data[key], zero or _nullable(key))
            setattr(rulebook, key, 0 if zero and number is None else number)
    if "caps" in data:
        _set_caps(rulebook, data["caps"], f"{place}.caps")
    for key, read in READERS.items():
        if key in data:
            setattr(rulebook, key, read(data[key], f"{place}.{key}"))
    check(rulebook, place)
    return rulebook


def check(rulebook: Rulebook, place: str) -> None:
    """Hold a rulebook to the bounds of its fields, which its form has as well; asks no database.

    Raises RulebookNotValid for the first that is beyond.
    """
    try:
        rulebook.clean_fields()
        rulebook.clean()
    except ValidationError as problem:
        field, messages = next(iter(problem.message_dict.items()))
        key = KEYS.get(field, field)
        raise RulebookNotValid(f"{place}.{key}: {messages[0]}") from None


def write_rulebook(rulebook: Rulebook) -> dict[str, Any]:
    """What ``read_rulebook`` reads as this rulebook; every setting is said."""
    return {
        "name": rulebook.name,
        "from": rulebook.starts_on.isoformat(),
        **{key: getattr(rulebook, key) for key in NUMBERS},
        "caps": {key: getattr(rulebook, field) for key, field in CAPS.items()},
        "visit_qualifies": rulebook.visit_qualifies,
        "owner_share": f"{Decimal(rulebook.owner_share).normalize():f}",
        "warning_days": list(rulebook.warning_days),
        "sharing_days": list(rulebook.sharing_days),
        "answer_mode": str(rulebook.answer_mode),
    }


def _name(data: dict[str, Any], place: str) -> str:
    name = data.get("name")
    if not isinstance(name, str) or not name.strip():
        raise RulebookNotValid(_("%(place)s.name: write a name.") % {"place": place})
    return name.strip()


def _start(data: dict[str, Any], place: str) -> date:
    try:
        return date.fromisoformat(data["from"])
    except (KeyError, TypeError, ValueError):
        raise RulebookNotValid(
            _("%(place)s.from: write the first day, like 2017-01-01.") % {"place": place}
        ) from None


def _nullable(key: str) -> bool:
    return Rulebook._meta.get_field(key).null


def _number(place: str, value: Any, nullable: bool) -> int | None:
    if value is None and nullable:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        or_null = _(" or null, which switches the rule off") if nullable else ""
        raise RulebookNotValid(
            _("%(place)s: write a whole number%(or_null)s.") % {"place": place, "or_null": or_null}
        )
    return value


def _set_caps(rulebook: Rulebook, caps: Any, place: str) -> None:
    if caps is None:
        caps = dict.fromkeys(CAPS)
    if not isinstance(caps, dict) or set(caps) - set(CAPS):
        raise RulebookNotValid(
            _('%(place)s: write null or {"person": 200, "store": 1000}.') % {"place": place}
        )
    for key, value in caps.items():
        setattr(rulebook, CAPS[key], _number(f"{place}.{key}", value, True))


def _share(value: Any, place: str) -> Decimal:
    try:
        share = Decimal(str(value)).quantize(Decimal("0.000001"))
    except InvalidOperation:
        share = Decimal("NaN")
    if isinstance(value, bool) or share.is_nan() or not 0 <= share <= 1:
        raise RulebookNotValid(
            _('%(place)s: write a share between 0 and 1, like "0.3".') % {"place": place}
        )
    return share


def _yes_or_no(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise RulebookNotValid(_("%(place)s: write true or false.") % {"place": place})
    return value


def _mode(value: Any, place: str) -> str:
    if value not in AnswerMode.values:
        raise RulebookNotValid(
            _("%(place)s: write one of %(known)s.")
            % {"place": place, "known": ", ".join(AnswerMode.values)}
        )
    return str(value)


def _days(days: Any, place: str) -> list[int]:
    if days is None:
        return []
    if not isinstance(days, list):
        raise RulebookNotValid(_("%(place)s: write a list of days.") % {"place": place})
    return [_number(place, day, False) or 0 for day in days]


# What is read into the field of its own name, beside the numbers.
READERS: dict[str, Callable[[Any, str], Any]] = {
    "visit_qualifies": _yes_or_no,
    "owner_share": _share,
    "answer_mode": _mode,
    "warning_days": _days,
    "sharing_days": _days,
}
OTHER = ("name", "from", "caps", *READERS)
