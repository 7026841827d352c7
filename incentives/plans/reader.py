"""Taking values out of a program file, and noting what is wrong with them."""

import json
import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from customers.models import SoldBy
from dealers.bounds import validate_moment
from dealers.currencies import decimals
from incentives.engine.registry import LEAD
from incentives.models import Event, Gate, Program
from incentives.models.amounts import LARGEST_GIVEN, LARGEST_RATE

PLACES = {
    "own": [SoldBy.OWN],
    "sister": [SoldBy.SISTER],
    "other": [SoldBy.OTHER],
    "online": [SoldBy.ONLINE],
    "own_or_sister": [SoldBy.OWN, SoldBy.SISTER],
    "any": [],
}
ONLINE_SALE = "online_sale"  # another word for a paid sale that is made online
# How an amount or rate is written: digits and a point, no exponent.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def decimal(text: str) -> Decimal | str:
    """A number of the file as it is written; one with an exponent stays text, as NaN does."""
    return Decimal(text) if _NUMBER.fullmatch(text) else text


class Reader:
    """Takes values out of the file and notes what is wrong with them, by their place in it."""

    def __init__(self, problems: list[str], currency: str | None = None) -> None:
        self.problems = problems
        self.given = currency

    @property
    def currency(self) -> str:
        """The currency of the file's amounts: that of the program unless the file is read alone."""
        return self.given or Program.current().currency

    def problem(self, path: str, value: Any, remedy: str) -> None:
        shown = json.dumps(value, ensure_ascii=False, default=str)
        self.problems.append(f"{path} = {shown}: {remedy}")

    def known_keys(self, path: str, data: dict[str, Any], known: set[str]) -> None:
        for key in sorted(set(data) - known):
            self.problems.append(
                _("%(path)s.%(key)s is not known; known are: %(known)s.")
                % {"path": path, "key": key, "known": ", ".join(sorted(known))}
            )

    def objects(self, path: str, values: Any) -> list[tuple[str, dict[str, Any]]]:
        if not isinstance(values, list):
            self.problem(path, values, _("write a list"))
            return []
        found = []
        for n, value in enumerate(values):
            if isinstance(value, dict):
                found.append((f"{path}[{n}]", value))
            else:
                self.problem(f"{path}[{n}]", value, _("write an object"))
        return found

    def once(self, objects: list[tuple[str, dict[str, Any]]]) -> None:
        """Note which of these have the code of another one before them."""
        seen: set[str] = set()
        for path, data in objects:
            code = data.get("code")
            if not isinstance(code, str):
                continue
            if code.strip() in seen:
                self.problem(f"{path}.code", code, _("give each its own code"))
            seen.add(code.strip())

    def text(
        self, path: str, data: dict[str, Any], key: str, of: type[Model], *,
        required: bool = False, of_field: str = "",
    ) -> str:  # fmt: skip
        """A text that the field of ``of`` takes that has that name, or the one of ``of_field``."""
        value = data.get(key, "")
        if not isinstance(value, str) or (required and not value.strip()):
            self.problem(f"{path}.{key}", data.get(key), _("write a text"))
            return ""
        field: Any = of._meta.get_field(of_field or key)
        try:
            field.run_validators(value.strip())
        except ValidationError as refused:
            self.problem(f"{path}.{key}", value, refused.messages[0])
        return value.strip()

    def code(self, path: str, data: dict[str, Any], of: type[Model]) -> str:
        value = self.text(path, data, "code", of, required=True)
        if value and not (len(value) <= 40 and value.replace("-", "").replace("_", "").isalnum()
                          and value.isascii()):  # fmt: skip
            self.problem(f"{path}.code", value, _("write up to 40 letters, digits, - or _"))
        return value

    def day(
        self, path: str, data: dict[str, Any], key: str, *, required: bool = False
    ) -> date | None:
        value = data.get(key)
        if value is None and not required:
            return None
        try:
            day = datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 -- a day
            validate_moment(day)
            if str(value) != day.isoformat():  # which days are ordered by
                raise ValueError
        except ValueError:
            self.problem(f"{path}.{key}", value, _("write a day such as 2017-01-31"))
            return None
        except ValidationError as refused:
            self.problem(f"{path}.{key}", value, refused.messages[0])
            return None
        return day

    def choice(self, path: str, data: dict[str, Any], key: str, choices: Any, default: Any) -> Any:
        value = data.get(key, default)
        if value not in choices.values:
            self.problem(
                f"{path}.{key}",
                value,
                _("write one of: %(choices)s") % {"choices": ", ".join(choices.values)},
            )
            return default
        return choices(value)

    def only(self, path: str, data: dict[str, Any], key: str, word: str) -> None:
        """A setting of the format that has one value so far; it may be left out."""
        if data.get(key, word) != word:
            remedy = _("write one of: %(choices)s") % {"choices": word}
            self.problem(f"{path}.{key}", data[key], remedy)

    def yes_or_no(self, path: str, data: dict[str, Any], key: str) -> bool:
        value = data.get(key, False)
        if not isinstance(value, bool):
            self.problem(f"{path}.{key}", value, _("write true or false"))
        return bool(value)

    def number(
        self, path: str, data: dict[str, Any], key: str, default: Decimal | None, *,
        places: int | None = None, optional: bool = False, limit: Decimal | None = None,
    ) -> Decimal | None:  # fmt: skip
        """A number of zero or more; without ``places``, an amount of the program's currency."""
        limit = limit or (LARGEST_GIVEN if places is None else LARGEST_RATE)
        if places is None:
            places = decimals(self.currency)
        value = data.get(key, default)
        if value is None and optional:
            return None
        remedy = _("write a number of zero or more with at most %(places)d decimals") % {
            "places": places
        }
        try:
            if isinstance(value, bool) or not _NUMBER.fullmatch(str(value)):
                raise InvalidOperation
            number = Decimal(str(value))
            exact = number.quantize(Decimal(1).scaleb(-places))
        except InvalidOperation:
            self.problem(f"{path}.{key}", value, remedy)
            return default or Decimal(0)
        if number < 0 or exact != number or number >= limit:
            self.problem(f"{path}.{key}", value, remedy)
            return default or Decimal(0)
        return exact

    def days(self, path: str, data: dict[str, Any], key: str, default: int) -> int:
        value = data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 32_767:
            self.problem(f"{path}.{key}", value, _("write a whole number of days"))
            return default
        return value

    def places(self, path: str, data: dict[str, Any]) -> list[str]:
        value = data.get("place", "any")
        names = value if isinstance(value, list) else [value]
        places: list[str] = []
        for name in names:
            if not isinstance(name, str) or name not in PLACES:
                self.problem(
                    f"{path}.place",
                    value,
                    _("write one of: %(choices)s") % {"choices": ", ".join(PLACES)},
                )
                return []
            if name == "any":
                return []
            places += [str(place) for place in PLACES[name] if place not in places]
        return places

    def event_and_places(self, path: str, data: dict[str, Any]) -> tuple[Event | None, list[str]]:
        """What a stored component counts, and where; a sale online is a paid sale, made there."""
        places = self.places(path, data)
        if data.get("event") != ONLINE_SALE:
            return self.choice(path, data, "event", Event, None), places
        if places not in ([], [SoldBy.ONLINE]):
            self.problem(f"{path}.place", data["place"], _("leave it out: it is made online"))
        return Event.PAID_SALE, [str(SoldBy.ONLINE)]

    def gates(self, path: str, data: dict[str, Any]) -> list[str]:
        """One gate or a list of them, each once, in the order of the file."""
        value = data.get("gate", [])
        known = value if isinstance(value, list) else [value]
        return list(dict.fromkeys(self.list_of(path, {"gate": known}, "gate", {*Gate.values})))

    def of_leads(self, path: str, data: dict[str, Any]) -> bool:
        """Whether the filter leaves headquarters' leads alone; a stored plan knows no other."""
        given = data.get("filter", {})
        if given in ({}, {"source": LEAD}, {"source": [LEAD]}):
            return bool(given)
        remedy = _("write one of: %(choices)s") % {"choices": json.dumps({"source": [LEAD]})}
        self.problem(f"{path}.filter", given, remedy)
        return False

    def list_of(self, path: str, data: dict[str, Any], key: str, known: set[str]) -> list[str]:
        value = data.get(key, [])
        if not isinstance(value, list):
            self.problem(f"{path}.{key}", value, _("write a list"))
            return []
        for each in value:
            if not isinstance(each, str) or each not in known:
                self.problem(
                    f"{path}.{key}",
                    each,
                    _("write one of: %(choices)s") % {"choices": ", ".join(sorted(known))},
                )
        return [each for each in value if isinstance(each, str) and each in known]
