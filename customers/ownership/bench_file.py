"""Cases for the test bench as a file: read with care, tried, and held against what they expect."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings as configured
from django.utils.translation import gettext as _

from customers.models import ActivityKind, Channel, Outcome
from customers.ownership.bench import ONLINE, BenchStore, Event, Got, World
from customers.ownership.rulebook_file import RulebookNotValid, read_rulebook
from customers.ownership.settings import Rulebooks, Settings
from customers.ownership.verbs import VERBS
from dealers import phones
from dealers.bounds import EARLIEST, LATEST
from dealers.calendar import Calendar
from dealers.models import Level

# A case speaks of few things. What it leaves out and would decide about the rest is switched off:
# the first contact, which releases who was not called, and how much may be typed a day.
OFF = (
    "first_contact_hours", "person_daily_limit", "person_minute_limit", "store_daily_limit",
    "conflict_percent",
)  # fmt: skip
LEFT_OUT = {"name": "–", "from": "1990-01-01", "warning_days": [30, 7, 1], **dict.fromkeys(OFF)}
CHANNELS = (Channel.CAPTURE.value, Channel.IMPORT.value, "public")
OUTCOMES = ("keep", "move", "split", "void", "yes", "no")
# What is no contact with the customer, as it may be called beside the kinds of a follow-up.
NO_CONTACT = ("bulk_message", "edit")
OF_A_DEALER = ("close_dealer", "share")
ANSWERS = {"yes": True, "granted": True, "no": False, "declined": False}
NEEDS = {
    "register": ("store", "person"),
    "confirm": ("person",),
    "activity": ("person", "kind"),
    "sale": ("place", "person"),
    "extend": ("person",),
    "release": ("person",),
    "claim": ("store", "person"),
    "choose": ("store", "person"),
    "offer": ("store", "person"),
    "accept": ("person",),
    "decline": ("person",),
    "rule": ("person", "outcome"),
    "close_store": ("store", "to"),
    "close_dealer": (),
    "leave": ("staff",),
    "assign": ("person", "staff"),
    "share": ("level",),
    "job": (),
    "ask": ("person",),
}


class CasesNotValid(Exception):
    """The message says where in the file something is wrong, and what would be right."""


@dataclass(frozen=True, slots=True)
class Case:
    """A story: the rules, the network, and what is done there."""

    name: str
    rulebooks: Rulebooks
    stores: Mapping[str, BenchStore]
    calendar: Calendar
    events: tuple[Event, ...]
    expected: tuple[Mapping[str, Any], ...]
    raw: dict[str, Any]


def read(path: Path) -> list[Case]:
    """The cases of a file. Raises OSError and CasesNotValid."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        json.dumps(data, ensure_ascii=False).encode()  # half a letter could not be written back
    except UnicodeError:
        _wrong(str(path), _("save the file as UTF-8"))
    except json.JSONDecodeError as problem:
        place = _("%(path)s, line %(line)d, column %(column)d") % {
            "path": path, "line": problem.lineno, "column": problem.colno,
        }  # fmt: skip
        _wrong(place, _("this is not JSON; look at the comma, quote or bracket here"))
    except ValueError:
        _wrong(str(path), _("a number in it has too many digits"))
    except RecursionError:
        _wrong(str(path), _("the brackets are nested too deeply"))
    if not isinstance(data, list):
        _wrong(str(path), _("write a list of cases, like [{…}, {…}]"))
    return [case_in(each, f"[{place}]") for place, each in enumerate(data)]


def tried(case: Case) -> list[Got]:
    """What each event of a case is answered."""
    world = World(case.rulebooks, case.stores, case.calendar)
    return [world.do(event, VERBS[event.do]) for event in case.events]


def with_answers(case: Case, answers: list[Got]) -> dict[str, Any]:
    """The case as it was written, with ``got`` for each event."""
    rows = zip(case.raw["events"], answers, strict=True)
    return {**case.raw, "events": [{**event, "got": got} for event, got in rows]}


SAME_WORD = {
    "protected_elsewhere": "protected", "under_review": "review",
    "void_for_fraud": "void", "split_by_percent": "split",
}  # fmt: skip


def word(text: str) -> str:
    """A word as the rules know it, however it is spelled."""
    found = text.strip().replace(" ", "_").replace("-", "_")
    return SAME_WORD.get(found.lower(), found)


def number_in(value: Any) -> Decimal | None:
    """The number that a value is, or spells."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).removesuffix("%"))
    except InvalidOperation:
        return None
    # Beyond twenty digits sums and shares of it would no longer be exact.
    return number if number.is_finite() and abs(number.adjusted()) < 20 else None


def case_in(data: Any, place: str) -> Case:
    """The case that an object of JSON at a place tells. Raises CasesNotValid."""
    if not isinstance(data, dict):
        _wrong(place, _("write an object with rulebook, stores and events"))
    if isinstance(data.get("name"), str) and data["name"]:
        place = f"{place} “{data['name']}”".strip()
    stores = _stores(data.get("stores"), f"{place}.stores")
    events = data.get("events")
    if not isinstance(events, list):
        _wrong(f"{place}.events", _("write a list of events"))
    read_events, expected = [], []
    before: datetime | None = None
    for number, each in enumerate(events):
        where = f"{place}.events[{number}]"
        event = _event(each, number, stores, where)
        if before is not None and event.at < before:
            _wrong(
                f"{where}.at",
                _("%(at)s lies before the event above; times may not go back")
                % {"at": event.at.isoformat()},
            )
        before = event.at
        expect = {} if each.get("expect") is None else each["expect"]
        if not isinstance(expect, dict):
            _wrong(f"{where}.expect", _("write an object with what must be in the answer"))
        read_events.append(event)
        expected.append(expect)
    return Case(
        name=str(data.get("name") or place),
        rulebooks=_rulebooks(data.get("rulebook", {}), f"{place}.rulebook"),
        stores=stores,
        calendar=_calendar(data, place),
        events=tuple(read_events),
        expected=tuple(expected),
        raw=data,
    )


def _calendar(data: dict[str, Any], place: str) -> Calendar:
    calendar = Calendar(
        _days(data.get("holidays"), f"{place}.holidays"),
        _days(data.get("workdays"), f"{place}.workdays"),
    )
    for day in calendar.holidays:
        try:
            calendar.after(day - timedelta(days=1), 1)
        except (ValueError, OverflowError):
            right = _("leave working days between them; nobody works for two months")
            _wrong(f"{place}.holidays", right)
    return calendar


def _rulebooks(data: Any, place: str) -> Rulebooks:
    """One rulebook, or a list of them, each in force from its own day."""
    several = data if isinstance(data, list) else [data]
    found = []
    for number, each in enumerate(several):
        where = f"{place}[{number}]" if isinstance(data, list) else place
        if not isinstance(each, dict):
            _wrong(where, _("write an object with the settings"))
        try:
            rulebook = read_rulebook(LEFT_OUT | each, where)
        except RulebookNotValid as problem:
            raise CasesNotValid(str(problem)) from None
        rulebook.pk = number + 1
        found.append(Settings.of(rulebook))
    if len({each.starts_on for each in found}) < len(found):
        _wrong(place, _("two of them start on the same day; write one for each"))
    if not found:
        _wrong(place, _("write at least one rulebook"))
    return Rulebooks(found)


def _stores(data: Any, place: str) -> dict[str, BenchStore]:
    if not isinstance(data, dict):
        _wrong(place, _('write an object, like {"A1": {"dealer": "DA"}}'))
    found = {}
    for code, each in data.items():
        where = f"{place}.{code}"
        if not isinstance(each, dict) or not _is_name(each.get("dealer")):
            _wrong(where, _("name the store's dealer"))
        if code == ONLINE:
            _wrong(where, _("this is no store's code: it stands for a sale without a store"))
        name = each.get("timezone") or configured.TIME_ZONE
        try:
            found[code] = BenchStore(each["dealer"], ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
            _wrong(f"{where}.timezone", _("write a time zone, like Asia/Shanghai"))
    return found


def _event(data: Any, number: int, stores: Mapping[str, BenchStore], place: str) -> Event:
    if not isinstance(data, dict):
        _wrong(place, _("write an object with at and do"))
    do = _one_of(data, "do", tuple(VERBS), place)
    if not do:
        _wrong(f"{place}.do", _("write one of %(known)s") % {"known": ", ".join(VERBS)})
    said = {key: value for key, value in data.items() if value is not None}
    if do == "sale" and "store" in said:
        said.setdefault("place", said["store"])
    _fields(said, do, place)
    at = _moment(data.get("at"), f"{place}.at")
    key = "place" if do == "sale" else "store"
    store = said.get(key, "")
    for where, code in ((key, store), ("to", said.get("to", ""))):
        if code and code not in stores and not (do == "sale" and code == ONLINE):
            _wrong(
                f"{place}.{where}",
                _("%(code)s is no store of this case; known are %(known)s")
                % {"code": code, "known": ", ".join(stores) or "–"},
            )
    if do in OF_A_DEALER and ("dealer" in said or not store):
        dealers = sorted({each.dealer for each in stores.values()})
        if said.get("dealer") not in dealers:
            _wrong(
                f"{place}.dealer",
                _("write one of %(known)s") % {"known": ", ".join(dealers) or "–"},
            )
    event = Event(
        at=at,
        do=do,
        number=number,
        person=said.get("person", ""),
        store=store,
        to=said.get("to", ""),
        staff=said.get("staff", ""),
        dealer=said.get("dealer", ""),
        kind=_one_of(said, "kind", (*ActivityKind.values, *NO_CONTACT), place),
        outcome=_outcome(said, do, place),
        channel=_one_of(said, "channel", CHANNELS, place) or Channel.CAPTURE.value,
        name=said.get("name", ""),
        phone=_phone(said.get("phone", "")),
        possible=said.get("possible", False),
        fraud=said.get("fraud", False),
        wait=said.get("wait", True),
        paid=said.get("paid", True),
        granted=ANSWERS.get(_one_of(said, "answer", tuple(ANSWERS), place)),
        deadline=_deadline(said, at, place),
        shares=_shares(said, do, stores, place),
        percent=_percent(said, do, place),
        level=_level(said, do, place),
    )
    _whole(event, place)
    return event


def _phone(text: str) -> str:
    """A number's digits as one form, however it is spelled; of one that there is not, its own."""
    try:
        return phones.normalise(text).removeprefix("+86")
    except phones.PhoneNotValid:
        return "".join(filter(str.isdecimal, phones.plain_digits(text)))


def _fields(said: dict[str, Any], do: str, place: str) -> None:
    """What the verb needs is there, and what is there is of its kind."""
    for key in NEEDS[do]:
        if key not in said and not (key == "store" and do == "choose" and "to" in said):
            _wrong(f"{place}.{key}", _("%(do)s needs it") % {"do": do})
    for key in ("person", "staff", "store", "to", "place", "dealer", "name", "phone"):
        if key in said and not _is_name(said[key]):
            _wrong(f"{place}.{key}", _("write a name in quotes"))
    for key in ("possible", "fraud", "wait", "paid"):
        if key in said and not isinstance(said[key], bool):
            _wrong(f"{place}.{key}", _("write true or false"))


def _whole(event: Event, place: str) -> None:
    """What a ruling has to say beside its outcome."""
    if event.do == "rule" and event.outcome == "move" and not (event.to or event.store):
        _wrong(f"{place}.to", _("name the store that gets the customer"))
    percent = event.percent is not None and bool(event.to or event.store)
    if event.do == "rule" and event.outcome == "split" and not (event.shares or percent):
        _wrong(f"{place}.shares", _('name each dealer\'s share, like {"DA": "0.6", "DB": "0.4"}'))


def _outcome(said: dict[str, Any], do: str, place: str) -> str:
    if do == "rule":
        return _one_of(said, "outcome", OUTCOMES, place)
    outcome = said.get("outcome", "")
    if not isinstance(outcome, str):
        _wrong(f"{place}.outcome", _("write one of %(known)s") % {"known": ", ".join(Outcome)})
    return word(outcome).lower()


def _one_of(said: dict[str, Any], key: str, known: tuple[str, ...], place: str) -> str:
    if key not in said:
        return ""
    value = said[key]
    said_as = word(value).lower() if isinstance(value, str) else None
    if said_as not in known:
        _wrong(f"{place}.{key}", _("write one of %(known)s") % {"known": ", ".join(known)})
    return said_as or ""


def _shares(
    said: dict[str, Any], do: str, stores: Mapping[str, BenchStore], place: str
) -> dict[str, Decimal]:
    """Each dealer's share of what was sold, as parts of one; in percent they total 100."""
    key = "shares" if "shares" in said else "percent"
    if do != "rule" or key not in said or not (key == "shares" or isinstance(said[key], dict)):
        return {}
    where, dealers = f"{place}.{key}", {each.dealer for each in stores.values()}
    if not isinstance(said[key], dict):
        _wrong(where, _('name each dealer\'s share, like {"DA": "0.6", "DB": "0.4"}'))
    shares = {}
    for dealer, value in said[key].items():
        share = number_in(value)
        if dealer not in dealers or share is None or share < 0:
            _wrong(f"{where}.{dealer}", _("write a share of a dealer of this case, like 0.6"))
        shares[dealer] = share
    total = sum(shares.values())
    if total not in {1, 100}:
        _wrong(where, _("the shares total %(total)s, not 1") % {"total": total})
    return {dealer: share / total for dealer, share in shares.items()}


def _percent(said: dict[str, Any], do: str, place: str) -> Decimal | None:
    """What part of one the named store's dealer gets, the owner the rest."""
    value = said.get("percent")
    if do != "rule" or value is None or isinstance(value, dict):
        return None
    percent = number_in(value)
    if percent is None or not 0 <= percent <= 100:
        _wrong(f"{place}.percent", _("write a number from 0 to 100"))
    return percent / 100


def _level(said: dict[str, Any], do: str, place: str) -> int | None:
    """The level of sharing that a dealer chooses."""
    if do != "share":
        return None
    level = said["level"]
    if isinstance(level, bool) or level not in Level.values:
        _wrong(f"{place}.level", _("write a number from 0 to 3"))
    return int(level)


def _deadline(said: dict[str, Any], at: datetime, place: str) -> datetime | None:
    if "deadline" not in said:
        return None
    deadline = _moment(said["deadline"], f"{place}.deadline")
    if deadline <= at:
        _wrong(f"{place}.deadline", _("choose a moment after the event's own"))
    return deadline


def _moment(value: Any, place: str) -> datetime:
    right = _("write a moment with its offset, like 2017-03-01T10:00:00+08:00")
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        _wrong(place, right)
    if moment.tzinfo is None:
        _wrong(place, right)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        _wrong(place, right)
    if not EARLIEST <= moment < LATEST:
        _wrong(place, _("choose a moment between 1990 and 2200"))
    return moment


def _days(value: Any, place: str) -> list[date]:
    try:
        return [date.fromisoformat(day) for day in value or []]
    except (TypeError, ValueError):
        _wrong(place, _("write a list of days, like 2017-10-02"))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _wrong(place: str, right: str) -> NoReturn:
    said = str(right).rstrip(".。")
    raise CasesNotValid(_("%(place)s: %(right)s.") % {"place": place, "right": said})
