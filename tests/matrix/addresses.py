"""Every address of the portal, and who opens it.

The addresses are those of the URL configuration. An app says in ``opens`` of its ``urls.py`` to
whom each of its own is open; those of libraries and of the admin are told from their views and
permissions. What is in no class fails the build.
"""

import re
from dataclasses import dataclass
from importlib import import_module

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

HQ = ("adjudication", "audit", "incentives", "program", "support", "training", "all")
AT_DEALER = ("associate", "store manager", "owner")
IN_NETWORK = (*AT_DEALER, "regional manager")
RIVALS = ("rival associate", "rival owner")
ROLES = ("anonymous", *IN_NETWORK, "ended", *HQ, *RIVALS)
SIGNED_IN = ROLES[1:]


def _with_rivals(*roles):
    """The same posts at the other dealer open the same of their own."""
    return {*roles, *(f"rival {each}" for each in roles)} & set(ROLES)


# Who opens what of a class, each for what is their own: all others do not.
CELLS = {
    "everybody": set(ROLES),
    "whoever has the link": set(ROLES),  # which nobody guesses, and which tells what it is for
    "signed in": set(SIGNED_IN),
    "learners": set(SIGNED_IN) - {"ended", *HQ},
    "posts": _with_rivals(*IN_NETWORK),
    "dealer": _with_rivals(*AT_DEALER),
    "leaders": _with_rivals("store manager", "owner"),
    "owner": _with_rivals("owner"),
    "owner or program": _with_rivals("owner") | {"program", "all"},
    "region": {"regional manager"},
    "region or training": {"regional manager", "training", "all"},
    "nobody now": set(),  # there only while somebody does something
}


@dataclass(frozen=True)
class Address:
    """One pattern of the URL configuration: ``route`` with ``{name}`` where something goes."""

    name: str
    route: str
    names: tuple[str, ...]
    pattern: URLPattern

    @property
    def view(self):
        return self.pattern.callback

    @property
    def in_admin(self):
        return self.route.startswith("/admin/")

    @property
    def model(self):
        """The model that a page of the admin is about, if it is one."""
        found = re.match(r"/admin/(\w+)/(\w+)/", self.route)
        for model in admin.site._registry:
            if found and (model._meta.app_label, model._meta.model_name) == found.groups():
                return model
        return None

    def filled(self, values):
        return self.route.format_map(values)


def addresses() -> list[Address]:
    """Every pattern, in the order of the configuration."""

    def under(resolver, route, namespace):
        for each in resolver.url_patterns:
            there = route + _plain(str(each.pattern))
            if isinstance(each, URLResolver):
                inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
                yield from under(each, there, inner)
            elif isinstance(each, URLPattern):
                names = tuple(re.findall(r"{(\w+)}", there))
                yield Address(namespace + (each.name or ""), "/" + there, names, each)

    return list(under(get_resolver(), "", ""))


def _plain(pattern):
    """A route or the regular expressions that our libraries use, with ``{name}`` for the parts."""
    pattern = re.sub(r"\(\?P<(\w+)>(?:\[[^\]]*\]|[^()\[\]])*\)", r"{\1}", pattern)
    pattern = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", pattern)
    return re.sub(r"^\^|\$$|\\Z|\\|\?$", "", pattern)


def declared() -> dict[str, str]:
    """The class of each address that an app of ours declares, by its name."""
    found = {}
    for app in ("config", "dealers", "customers", "training", "incentives"):
        urls = import_module(f"{app}.urls")
        prefix = f"{urls.app_name}:" if hasattr(urls, "app_name") else ""
        for door, names in urls.opens.items():
            found |= {f"{prefix}{name}": door for name in names.split()}
    return found


def class_of(address: Address, doors: dict[str, str]) -> str | None:
    """The class of an address; None for one that nobody has classified."""
    if address.in_admin:
        return "admin"
    if address.name in doors:
        return doors[address.name]
    if address.view.__module__.startswith(("allauth.", "django.")):
        open_to_all = not getattr(address.view, "login_required", True)
        return "everybody" if open_to_all else "signed in"
    return None
