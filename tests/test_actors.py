"""Whoever changes something is told who acts: what a page calls and what saves takes ``by``."""

import ast
import re
from typing import NamedTuple

import pytest

from tests.sources import files

SAVES = re.compile(
    r"(.*\bobjects\b.*|.*\))\.(update|delete)|.*\.(save|bulk_create|bulk_update|create|get_or_create)"
)
# A customer who comes through a page of their own: the function itself says as whom it acts.
CUSTOMERS_DOORS = {
    "customers/choices/answering.py",
    "customers/choices/elsewhere.py",
    "customers/ownership/confirming.py",
}
NOBODYS = {
    "customers/cases/deciding.py:settle_if_free": "what a moment brings, whoever looks then",
    "dealers/invitations/links.py:claim": "of a visitor, before there is an account",
    "dealers/invitations/links.py:send_again": "of a visitor, before there is an account",
    "dealers/outbox.py:add": "work for the worker, which says as whom it works",
    "training/authoring/order.py:move": "a part of a form, as the admin saves it",
    "training/authoring/order.py:renumber": "a part of a form, as the admin saves it",
    "training/authoring/versions.py:state": "a part of a form, as the admin saves it",
}


class Function(NamedTuple):
    """A function of the domain: who is told to it, whom it calls, and whether it saves itself."""

    told_who: bool
    calls: list[str]
    saves: bool


def imports(tree):
    """What the names of a file stand for: ``module.name``."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def full(name, names, module):
    """A called name with its module, where the file imports it or defines it."""
    head, dot, rest = name.partition(".")
    return f"{names[head]}{dot}{rest}" if head in names else f"{module}.{name}"


def module_of(path):
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def called(tree, names, module):
    """The functions that are called in a tree, or handed on to be called."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        handed = [*node.args, *(keyword.value for keyword in node.keywords)]
        for each in (node.func, *handed):
            if isinstance(each, ast.Name | ast.Attribute):
                yield full(ast.unparse(each), names, module)


def functions(tree, path):
    """The functions of a file that are no methods, by their full names."""
    names, module = imports(tree), module_of(path)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            kinds = [each.annotation and ast.unparse(each.annotation) for each in arguments]
            yield (
                f"{module}.{node.name}",
                Function(
                    told_who=any("Actor" in (kind or "") for kind in kinds),
                    calls=list(called(node, names, module)),
                    saves=any(
                        isinstance(each, ast.Call) and SAVES.fullmatch(ast.unparse(each.func))
                        for each in ast.walk(node)
                    ),
                ),
            )


@pytest.fixture(scope="module")
def domain():
    return {
        name: (path, function) for path, tree in files() for name, function in functions(tree, path)
    }


@pytest.fixture(scope="module")
def asked(domain):
    """The functions of the domain that pages call, where they are defined."""
    elsewhere = {
        f"{module_of(path)}.{name}": target
        for path, tree in files()
        if path.endswith("__init__.py")
        for name, target in imports(tree).items()
    }
    found = {
        elsewhere.get(name, name)
        for path, tree in files(edges=True)
        if "/views/" in path or "/admin/" in path
        for name in called(tree, imports(tree), module_of(path))
    }
    return found & domain.keys()


def short(name, path):
    return f"{path}:{name.rpartition('.')[2]}"


def changing(domain):
    """The functions that save, themselves or through others of their file."""
    found = {name for name, (_path, function) in domain.items() if function.saves}
    while True:
        more = {
            name
            for name, (path, function) in domain.items()
            if any(each in found and domain[each][0] == path for each in function.calls)
        }
        if more <= found:
            return found
        found |= more


def nameless(domain, asked):
    return {
        short(name, domain[name][0])
        for name in asked & changing(domain)
        if not domain[name][1].told_who and domain[name][0] not in CUSTOMERS_DOORS
    }


def test_what_a_page_has_changed_is_told_who_acts(domain, asked):
    assert sorted(nameless(domain, asked) - NOBODYS.keys()) == []


def test_every_exception_is_still_one(domain, asked):
    assert sorted(NOBODYS.keys() - nameless(domain, asked)) == []
    doors = {domain[name][0] for name in asked & changing(domain) if not domain[name][1].told_who}
    assert sorted(CUSTOMERS_DOORS - doors) == []
