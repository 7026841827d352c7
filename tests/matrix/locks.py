"""Locks of the portal's own code taken off one at a time: does the matrix notice each?

Generated from the code: every ``visible_to`` of a queryset, every look at the post in a view or
around it, every sign-in, every right to a page of the admin, and what each request goes through.
The policies of the database are the second lock behind most of these. So each is tried twice:
behind the policies, which tells what would get through, and without any, where it is all there is.
"""

import inspect
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.test import RequestFactory
from django.utils import timezone

from config import middleware
from config.admin import PortalAdminSite
from dealers.actor import Actor
from dealers.models import Membership
from tests.matrix.addresses import HQ, Address, addresses
from tests.matrix.cases import IN_SIDES, Case, Matrix, right
from tests.matrix.network import Network

OURS = ("config.", "dealers.", "customers.", "training.", "incentives.")
# Who asks: between them they are held to a store, a dealer, a region and a right.
ASKED = ("associate", "owner", "regional manager", "support")
READ_OR_SENT = ("GET", "POST")


@dataclass(frozen=True, eq=False)
class Lock:
    """What stands at ``attribute`` of ``owner``, and what would stand there were it forgotten."""

    name: str
    owner: Any
    attribute: str
    without: Any
    behind: tuple[Address, ...] = ()  # empty: the addresses that are seen to come past
    asked: tuple[str, ...] = ASKED

    @contextmanager
    def off(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.owner, self.attribute, self.without, raising=False)
            yield


def locks(network: Network) -> list[Lock]:
    """All of them, in the order of the models, the addresses and the admin."""
    found = [*_filters(), *_posts(), *_guards(), *_sign_ins(), *_rights(network)]
    return [*found, *_of_every_request()]


def _filters() -> Iterator[Lock]:
    """Everything is visible to everybody, a kind of rows at a time."""
    kinds = {type(model._default_manager.all()): model for model in apps.get_models()}
    for rows in kinds:
        if hasattr(rows, "visible_to"):  # of its own, or as all that are seen alike
            name = f"visible_to of {rows.__name__}"
            yield Lock(name, rows, "visible_to", lambda rows, *_to, **_for: rows.all())
    for module in [each for name, each in sys.modules.items() if name.startswith(OURS)]:
        if inspect.isfunction(found := vars(module).get("visible_to")):
            every = kinds[inspect.signature(found).return_annotation]._default_manager.all
            yield Lock(
                f"visible_to of {module.__name__}", module, "visible_to",
                lambda *_to, every=every: every(),
            )  # fmt: skip


def _posts() -> Iterator[Lock]:
    """A view takes whatever post there is, a module at a time."""
    modules = {inspect.unwrap(each.view).__module__ for each in addresses()}
    for module in sorted(name for name in modules if name.startswith(OURS)):
        for name, found in sorted(vars(sys.modules[module]).items()):
            if _looks_at_the_post(found):
                where = sys.modules[module]
                yield Lock(f"{name} in {module}", where, name, lambda asked: asked.membership)


def _looks_at_the_post(found: object) -> bool:
    """Whether a function gives the post of a request, or says that there is no such page."""
    if not inspect.isfunction(found) or not found.__module__.startswith(OURS):
        return False
    told = inspect.signature(found)
    gives = list(told.parameters) == ["request"] and told.return_annotation is Membership
    return gives and _hides(found)


def _hides(function: Callable[..., Any]) -> bool:
    return "Http404" in function.__code__.co_names


def _guards() -> Iterator[Lock]:
    """A view stands without the decorator of ours that hides it from others."""
    for address in addresses():
        layer = address.view
        while not address.in_admin and (inner := getattr(layer, "__wrapped__", None)):
            if _hides(layer) and _is_ours(layer):
                guard = layer.__code__.co_qualname.partition(".")[0]
                name = f"{guard} around {address.name}"
                yield Lock(name, address.pattern, "callback", inner, (address,))
            layer = inner


def _is_ours(function: Callable[..., Any]) -> bool:
    """Whether the code of a function is, whatever it says that it wraps."""
    module = inspect.getmodule(function.__code__)
    return module is not None and module.__name__.startswith(OURS)


def _sign_ins() -> Iterator[Lock]:
    """A view of ours is for whoever comes along, as if it said so; those of libraries ask, too."""
    found = defaultdict(list)
    for address in addresses():
        is_ours = address.view.__module__.startswith(OURS) and not address.in_admin
        if is_ours and getattr(address.view, "login_required", True):
            found[address.view].append(address)
    for view, behind in found.items():
        name = f"sign-in before {behind[0].name}"
        yield Lock(name, view, "login_required", False, tuple(behind), ("anonymous",))


def _rights(network: Network) -> Iterator[Lock]:
    """A page of the admin is for all of headquarters, where a group of it may not see it."""
    pages = defaultdict(list)
    for address in addresses():
        if address.in_admin and address.model:
            pages[address.model].append(address)
    asks = RequestFactory().get("/")
    asks.user, asks.actor = network.hq["all"], Actor.hq(network.hq["all"])
    for model, site in admin.site._registry.items():
        for name, wanted in (("view", ("view", "change")), ("add", ("add",))):
            check, names = f"has_{name}_permission", [right(model, it) for it in wanted]
            group = next((it for it in HQ if not any(map(network.hq[it].has_perm, names))), None)
            if group and getattr(site, check)(asks):
                yield Lock(
                    f"right to {name} {model._meta.label}", type(site), check,
                    lambda *_asked, **_for: True, tuple(pages[model]), (group,),
                )  # fmt: skip


def _of_every_request() -> Iterator[Lock]:
    """What all addresses stand behind."""
    every = tuple(addresses())
    in_admin = tuple(each for each in every if each.in_admin)
    yield Lock(
        "sign-in of the portal", LoginRequiredMiddleware, "handle_no_permission",
        lambda *_asked: None, every, ("anonymous",),
    )  # fmt: skip
    yield Lock("the admin's own", PortalAdminSite, "has_permission", lambda *_asked: True, in_admin)
    yield Lock(
        "role of the database", middleware, "tell_behind_walls", lambda _actor: timezone.now(),
        every,
    )  # fmt: skip


class Watched(Matrix):
    """The matrix, which notes what locks each address comes past while it is filled."""

    def __init__(self, network: Network):
        self.locks = locks(network)
        self.past: dict[Address, set[Lock]] = defaultdict(set)
        self._came: set[Lock] = set()
        with pytest.MonkeyPatch.context() as patch:
            for lock in self.locks:
                if not lock.behind:
                    patch.setattr(lock.owner, lock.attribute, self._noting(lock))
            super().__init__(network)
            self._visit_lists()
        # Of what nobody opens at the moment there is nothing to ask.
        self.locks = [each for each in self.locks if not each.behind or any(self.behind(each))]

    def first(self, pool, address, visitor, known):
        self._came.clear()
        try:
            return super().first(pool, address, visitor, known)
        finally:
            self.past[address] |= self._came

    def _visit_lists(self) -> None:
        """The addresses without parts, which nothing was looked for at."""
        for address in self.addresses:
            if address.names or address.in_admin:
                continue
            for role in [each for each in IN_SIDES if each in self.cell(address)][:1]:
                self._came.clear()
                for method in READ_OR_SENT:
                    self.visitors[role].ask(method, address.route)
                self.past[address] |= self._came

    def _noting(self, lock: Lock) -> Callable[..., Any]:
        was = getattr(lock.owner, lock.attribute)

        @wraps(was)
        def noted(*args: Any, **kwargs: Any) -> Any:
            self._came.add(lock)
            return was(*args, **kwargs)

        return noted

    def behind(self, lock: Lock) -> Iterator[Case]:
        """What is asked for at the addresses that a lock is before."""
        known = {each for each in self.addresses if lock in self.past[each]}
        for address in self.addresses:
            if address in (lock.behind or known):
                for role in lock.asked:
                    yield from (it for it in self.of(role, address) if it.method in READ_OR_SENT)

    def noticed(self, lock: Lock) -> str:
        """What is wrong first for want of this lock alone; empty where nothing is."""
        for case in self.behind(lock):
            with lock.off():
                said = self.problem(case)
            if said and not self.problem(case):
                return said
        return ""
