"""What everybody asks for: each role, each address, each method; own, the rival's and missing."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models
from django.urls.converters import UUIDConverter
from django.utils import timezone

from customers.models import (
    Act,
    Activity,
    Attribution,
    CaseEvidence,
    Closing,
    Customer,
    ExitOffer,
    Handover,
    Lead,
    Offer,
    Registration,
    SoldBy,
)
from customers.models import Case as Dispute
from customers.rights import pages
from dealers import invitations
from dealers.models import Export, Invitation, Region, Upload
from dealers.walls.kinds import Kind
from dealers.walls.tables import TABLES
from incentives.models import Dispute as MoneyDispute
from incentives.views.months import ComponentConverter
from tests.matrix.addresses import CELLS, HQ, ROLES, Address, addresses, class_of, declared
from tests.matrix.network import MISSING, Network, Side
from tests.matrix.visitor import Answer, Visitor
from training.models import Certificate

ENDS_THE_SESSION = re.compile(r"/logout/|/sessions/|/accounts/(signup|login)")
# Who has something of their own, those first who open most.
IN_SIDES = ("owner", "store manager", "associate", "regional manager", "rival owner",
            "rival associate")  # fmt: skip
METHODS = ("GET", "HEAD", "POST")
ODD_METHODS = ("PUT", "PATCH", "DELETE", "OPTIONS")
NEEDS = {
    "changelist": "view", "change": "view", "history": "view", "add": "add",
    "whatif": "view", "dealer": "view", "compare": "view",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One question of one role. ``missing``: the answer must be that for this one, to the byte."""

    role: str
    method: str
    path: str
    expected: frozenset[str] = frozenset()
    missing: str = ""
    ids: tuple[str, ...] = ()
    data: str = ""


class Matrix:
    """The network as each role meets it."""

    def __init__(self, network: Network):
        self.network = network
        self.doors = declared()
        self.addresses = [
            each for each in addresses() if not ENDS_THE_SESSION.search(each.route)
        ]  # fmt: skip
        self.visitors = {role: Visitor(role, self._user(role)) for role in ROLES}
        self.forbidden = {role: self._forbidden(role) for role in ROLES}
        self.regions = list(Region.objects.values_list("name", flat=True))
        self.own = {role: {} for role in ROLES}
        for role in IN_SIDES:
            self.own[role] = self._openings(role)

    def _user(self, role):
        if role == "anonymous":
            return None
        if role in HQ:
            return self.network.hq[role]
        side = self.side_of(role)
        return side.people[role.removeprefix("rival ")].user

    def side_of(self, role) -> Side:
        return self.network.rival if role.startswith("rival") else self.network.home

    def other(self, role) -> Side:
        return self.network.home if role.startswith("rival") else self.network.rival

    # What nobody of a role may read anywhere

    def _forbidden(self, role) -> set[str]:
        home, rival = self.network.home, self.network.rival
        if role == "anonymous":
            return texts_of(home) | texts_of(rival)
        if role in HQ:  # the names of dealers and people are theirs; a dealer's customers are not
            return home.secrets | rival.secrets
        side, other = self.side_of(role), self.other(role)
        found = texts_of(other)
        if role == "ended":
            found |= side.secrets
        if role == "regional manager":
            found |= side.secrets
        if role.removeprefix("rival ") in {"associate", "store manager"}:
            found |= side.sisters
        return found - texts_of_person(self._user(role))

    # What each role opens

    def _openings(self, role) -> dict[Address, dict[str, str]]:
        """For each address with parts in it: what of their own side this role opens."""
        visitor, side, found = self.visitors[role], self.side_of(role), {}
        pool = Pool(self.network, side)
        for address in self.addresses:
            if not address.names or address.in_admin or role not in self.cell(address):
                continue
            known = self._distinct(address, rivals=role.startswith("rival"))
            values = self.first(pool, address, visitor, known)
            if values is not None:
                found[address] = values
        return found

    def first(
        self, pool: "Pool", address: Address, visitor: Visitor, known: Collection[dict]
    ) -> dict | None:
        """What of a pool this visitor opens at an address, if anything."""
        return pool.first(address, visitor, known)

    def cell(self, address: Address) -> set[str]:
        """The roles that open an address."""
        return CELLS[class_of(address, self.doors) or "nobody now"] if not address.in_admin else {}

    def unclassified(self) -> list[str]:
        """The addresses in no class, and those with parts that nobody opens."""
        opened = {each for found in self.own.values() for each in found}
        return [
            f"{each.route}: {why}"
            for each in self.addresses
            for why in (
                class_of(each, self.doors) is None
                and "say in opens of its urls.py who opens it",
                each.names and not each.in_admin and each not in opened
                and self.cell(each) - {*HQ}
                and "nobody opens it: give tests/matrix/network.py what it needs",
            )
            if why
        ]  # fmt: skip

    # The cases

    def cases(self, role: str) -> Iterator[Case]:
        """Everything that is asked for as this role."""
        for address in self.addresses:
            yield from self.of(role, address)

    def of(self, role: str, address: Address) -> Iterator[Case]:
        """What is asked for at one address as this role."""
        if address.in_admin:
            yield from self._of_admin(role, address)
        else:
            yield from self._own(role, address)
            yield from self._foreign(role, address)

    def _own(self, role, address) -> Iterator[Case]:
        opens = role in self.cell(address)
        hidden = "sign in" if role == "anonymous" else "hidden"
        expected = frozenset({"opens", "method"} if opens else {hidden, "method"})
        if class_of(address, self.doors) in {"everybody", "signed in"} and opens:
            expected |= {"hidden", "sign in"}  # what is not under way for this person
        found = [self.own[role][address]] if address in self.own[role] else []
        if not opens:
            found = self._distinct(address, rivals=role.startswith("rival"))
        if not address.names:
            found = [{}]
        for values in found:
            for method in METHODS:
                yield Case(role, method, address.filled(values), expected)

    def _foreign(self, role, address) -> Iterator[Case]:
        if class_of(address, self.doors) == "whoever has the link":
            return
        mine = self.own[role].get(address, {})
        for theirs in self._distinct(address, rivals=not role.startswith("rival")):
            objects = [name for name in address.names if self._names_something(theirs[name])]
            for changed in {*((each,) for each in objects), tuple(objects)} - {()}:
                values = {**theirs, **{k: v for k, v in mine.items() if k not in changed}}
                gone = {**values, **{name: missing(values[name]) for name in changed}}
                ids = tuple(x for name in changed for x in (values[name], gone[name]))
                there, not_there = address.filled(values), address.filled(gone)
                if there == not_there:
                    continue
                for method in (*METHODS, *ODD_METHODS):
                    yield Case(role, method, there, missing=not_there, ids=ids)

    def _names_something(self, value) -> bool:
        """Whether a part of an address names what only one side has."""
        return value not in self.network.shared.values() and value not in WORDS

    def _distinct(self, address, *, rivals) -> list[dict[str, str]]:
        found = [
            values[address]
            for role, values in self.own.items()
            if role.startswith("rival") == rivals and address in values
        ]
        return [each for nth, each in enumerate(found) if each not in found[:nth]]

    def _of_admin(self, role, address) -> Iterator[Case]:
        expected, key = self._expected_in_admin(role, address), ""
        if address.names:
            key = str(first_of(address.model, self.network.rival))
        path, gone = (
            address.filled(dict.fromkeys(address.names, each)) for each in (key, str(MISSING))
        )
        for method in ("GET", "POST"):
            yield Case(role, method, path, expected)
        if address.names and role not in HQ and path != gone:
            yield Case(role, "GET", path, missing=gone, ids=(path, gone))
        if address.name.endswith("_changelist"):
            yield from self._of_list(role, address, expected)
        if address.name == "admin:autocomplete":
            yield from self._of_choices(role, address, expected)

    def _expected_in_admin(self, role, address) -> frozenset[str]:
        """How a page of the admin answers: by the right to it, or as if it were not there."""
        if role not in HQ:
            hidden = {"sign in" if role == "anonymous" else "hidden"}
            return frozenset(hidden | ({"opens"} if address.name in OPEN_IN_ADMIN else set()))
        action, model = address.name.rsplit("_", 1)[-1], address.model
        if model is None:
            return frozenset()
        names = {NEEDS.get(action, action)} | ({"change"} if action != "add" else set())
        wanted = names & {"view", "add", "change", "delete"}
        if wanted and not any(self._user(role).has_perm(right(model, each)) for each in wanted):
            return frozenset({"hidden", "method"})
        return frozenset({"opens"} if action == "changelist" else ())

    def _of_list(self, role, address, expected) -> Iterator[Case]:
        """A list of the admin in a window of its own, and what is done there to the rival's row."""
        yield Case(role, "GET", f"{address.route}?_popup=1", expected)
        row = first_of(address.model, self.network.rival)
        for each in admin.site._registry[address.model]._get_base_actions():
            data = urlencode({"action": each.name, ACTION_CHECKBOX_NAME: row})
            yield Case(role, "POST", address.route, expected - {"opens"}, data=data)

    def _of_choices(self, role, address, expected) -> Iterator[Case]:
        """What the fields of the admin's forms find of whatever somebody types."""
        for model, site in admin.site._registry.items():
            about = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
            for name in site.autocomplete_fields:
                for term in ("", self.network.rival.name):
                    asked = urlencode({**about, "field_name": name, "term": term})
                    yield Case(role, "GET", f"{address.route}?{asked}", expected)

    # Asking

    def problem(self, case: Case) -> str:
        """What is wrong with the answer; empty where nothing is."""
        visitor = self.visitors[case.role]
        answer = visitor.ask(case.method, case.path, case.data)
        found = self.leak(case.role, answer, case.path)
        if answer.status >= 500:
            found = found or f"{answer.status}"
        if case.expected and answer.outcome not in case.expected:
            found = found or f"{answer.outcome} ({answer.status}), not {sorted(case.expected)}"
        if case.missing and not found:
            gone = visitor.ask(case.method, case.missing, case.data)
            if answer.same(*case.ids) != gone.same(*case.ids):
                found = f"{answer.status} is not what {case.missing} gets: {gone.status}"
            found = found or self.leak(case.role, gone, case.missing)
        return found and f"{case.role}: {case.method} {case.path}: {found}"

    def leak(self, role: str, answer: Answer, asked: str = "") -> str:
        """What of somebody else's is in an answer, but for what the question said itself."""
        said = answer.text
        for region in self.regions if asked.startswith(PUBLIC) else ():
            said = said.replace(region, "")
        for text in self.forbidden[role]:
            if text in said and text not in asked:
                return f"tells {text!r}"
        return ""


def right(model: type[models.Model], name: str) -> str:
    """The permission to do that with a model's rows in the admin."""
    asked = RIGHTS_OF.get(model, model)._meta
    return f"{asked.app_label}.{name}_{asked.model_name}"


# Whoever begins a closing offers its pack first.
RIGHTS_OF: dict[type[models.Model], type[models.Model]] = {ExitOffer: Closing}
PUBLIC = "/b/"  # a campaign's page asks everybody in which region they live
OPEN_IN_ADMIN = {"admin:login", "admin:logout", "admin:password_change", "admin:jsi18n"}
# What parts of an address say that names nobody's object.
WORDS = {
    "file", "csv", "customers", "registrations", "cross", "registered", "1", "2", "none", "picture",
    "video", "index.html",
}  # fmt: skip


class Pool:
    """Everything of one side that a part of an address may mean."""

    def __init__(self, network: Network, side: Side):
        self.shared = network.shared
        customers = Customer.objects.filter(dealer=side.dealer)
        made = Registration.objects.filter(dealer=side.dealer).order_by("pk")
        asked = Invitation.objects.filter(dealer=side.dealer).order_by("pk")
        files = Export.objects.filter(dealer=side.dealer), Upload.objects.filter(dealer=side.dealer)
        handed = Handover.objects.filter(ownership__dealer=side.dealer)
        leads = Lead.objects.filter(region=side.dealer.region)
        self.closings = [side.values["closing"]]
        self.waiting = [side.values["waiting"]]
        self.offers = [str(each.pk) for each in Offer.objects.filter(dealer=side.dealer)]
        manager = side.people["regional manager"].user
        disputes = Dispute.objects.filter(sides__dealer=side.dealer).order_by("-opened_at")
        reviewed = Dispute.objects.filter(reviewer=manager)
        self.cases = [str(each.pk) for each in disputes]
        self.reviewed = [str(each.pk) for each in reviewed]
        about_money = MoneyDispute.objects.filter(dealer=side.dealer)
        self.disputes = [str(each.pk) for each in about_money]
        shown = CaseEvidence.objects.filter(case__in=reviewed, size__gt=0)
        self.customers = list(map(str, customers.order_by("pk").values_list("pk", flat=True)))
        self.files = [str(each.pk) for rows in files for each in rows]
        people = [post.user for post in side.people.values()]
        earned = Certificate.objects.filter(enrollment__user__in=people)
        self.codes = list(made.values_list("receipt", flat=True))
        counted = Attribution.objects.filter(dealer=side.dealer)
        self.named = {
            "pk": [
                *(str(each.pk) for each in (*side.people.values(), *asked)),
                *(network.shared["file"], network.shared["picture"], side.values["story"]),
            ],
            "receipt": self.codes,
            "code": [*earned.values_list("code", flat=True), side.store.code],
            "note": [side.values["note"]],
            "kept": [side.values["kept"]],
            "look": [side.values["look"]],
            "signed": [side.values["signed"]],
            "proof": [invitations.proof(each) for each in asked if each.address],
            "token": [
                *(str(each.token) for each in asked),
                *(side.values[each] for each in ("choice", "confirm", "package")),
            ],
            "batch": [str(each.batch) for each in handed],
            "lead": [str(pk) for pk in leads.order_by("queued_at").values_list("pk", flat=True)],
            "act": [str(each.pk) for each in Act.objects.filter(dealer=side.dealer)],
            "hop": ["1"],
            "store": [side.store.code, side.values["new"]],
            "key": [pages.link(side.store, at=timezone.now()).key],
            "purpose": ["offers"],
            "activity": [str(each.pk) for each in Activity.objects.filter(dealer=side.dealer)],
            "event": [*(str(each.order_id) for each in counted), *self.codes],
            "order": [str(each.order_id) for each in counted.filter(sold_by=SoldBy.OWN)],
            "part": ["file", "video"],
            "what": ["customers"],
            "name": ["picture", "index.html"],
            "number": ["1", "2"],
            "kind": ["csv", "registrations"],
            "evidence": [str(each.pk) for each in shown],
        }

    def choices(self, address: Address, name: str) -> list[str]:
        """What a part of an address may be, by its kind and its name."""
        converter = address.pattern.pattern.converters.get(name)
        if isinstance(converter, UUIDConverter) and name == "pk":
            starts = {
                "/dispatch/": self.offers,
                "/cases/review/": self.reviewed,
                "/cases/": self.cases,
                "/disputes/": self.disputes,
                "/closings/": self.closings,
                "/capture/w/": self.waiting,
            }
            for start, found in starts.items():
                if address.route.startswith(start):
                    return found
            return self.customers if address.name.startswith("customers:") else self.files
        if isinstance(converter, ComponentConverter):
            return ["cross", "registered"]
        if name in self.shared:
            return [self.shared[name]]
        return self.named.get(name, self.named["pk"])

    def first(self, address: Address, visitor: Visitor, known: Collection[dict]) -> dict | None:
        """The first of all combinations that this person opens; ``known``: what others open."""
        combined = [{}]
        for name in address.names:
            combined = [
                {**values, name: each}
                for values in combined
                for each in self.choices(address, name)
            ]
        for values in [*known, *combined]:
            answer = visitor.ask("GET", address.filled(values))
            if answer.status == 405:
                answer = visitor.ask("POST", address.filled(values))
            if answer.outcome == "opens":
                return values
        return None


def missing(text: str) -> str:
    """The same kind of text, and nobody's."""
    if text.isdecimal():
        return str(MISSING)
    turned = str.maketrans("0123456789abcdefBCDEFGHJ", "1234567890bcdefaCDEFGHJB")
    return text.translate(turned)


def first_of(model, side: Side):
    """The key of the first row of a table that is this side's, or of any."""
    if model is None:
        return side.number
    rows = model._default_manager.order_by("pk")
    names = {field.name for field in model._meta.get_fields()}
    if "dealer" in names:
        rows = rows.filter(dealer=side.dealer)
    elif "user" in names:
        rows = rows.filter(user__memberships__dealer=side.dealer)
    row = rows.first()
    return row.pk if row else side.number


def texts_of(side: Side) -> set[str]:
    """Every text in the rows of a dealer that stands in nobody else's, and what is sealed."""
    found = set(side.secrets)
    for model in apps.get_models():
        wall = TABLES.get(model._meta.db_table)
        if wall is None or wall.kind not in {Kind.DEALER, Kind.PERSON, Kind.NETWORK}:
            continue
        columns = [
            each.attname for each in model._meta.concrete_fields
            if isinstance(each, models.CharField | models.TextField) and not each.choices
        ]  # fmt: skip
        for row in model._base_manager.values_list(*columns) if columns else ():
            said = [
                text for text in row if isinstance(text, str)
            ]  # of a password only the door has it
            found |= {text for text in said if text.startswith(side.name)}
            found |= {text for text in said if text.startswith(side.name.lower() + ".")}
    made = Registration.objects.filter(dealer=side.dealer)
    return found | set(made.values_list("receipt", flat=True))


def texts_of_person(user) -> set[str]:
    return {user.name, user.email, user.phone or ""} if user else set()


def by_problem(problems: list[str]) -> str:
    """A list that a person can read: the first of each address."""
    found = defaultdict(list)
    for each in problems:
        found[each.split("/")[1] if "/" in each else ""].append(each)
    return "\n".join(line for lines in found.values() for line in lines[:12])
