"""Everybody asks for everything, by every method: their own, the rival's, and what there is not."""

import logging
import os
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import timezone

from dealers import access, outbox
from tests.matrix import traffic
from tests.matrix.addresses import ROLES
from tests.matrix.cases import IN_SIDES, Matrix, by_problem
from tests.matrix.locks import Watched, locks
from tests.matrix.parameters import Rivals, is_heard, problem, questions
from tests.walls import without_policies

pytestmark = pytest.mark.django_db

# Whose answers are looked at, and with CRAWL=whole those of everybody of addresses.py.
WHOLE = os.environ.get("CRAWL") == "whole"
ASKED = ROLES if WHOLE else ("anonymous", "associate")
FILL_IN = ("associate", "store manager", "owner", "regional manager") if WHOLE else ("owner",)
WORK = (*IN_SIDES, "all") if WHOLE else ("regional manager", "all")
EVERY_LOCK = os.environ.get("MUTANTS") == "all"


@pytest.fixture(scope="module")
def matrix(network):
    return Watched(network) if EVERY_LOCK else Matrix(network)


@contextmanager
def taken_back():
    """Whatever the block does is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_every_address_has_a_class(matrix):
    assert matrix.unclassified() == []


@pytest.mark.parametrize("role", ASKED)
def test_nobody_opens_or_reads_what_is_not_theirs(role, matrix, record_property):
    problems, count = [], 0
    for case in matrix.cases(role):
        count += 1
        if said := matrix.problem(case):
            problems.append(said)
    record_property(f"cases of asked as {role}", count)

    assert problems == [], by_problem(problems)
    assert count > 100


@pytest.mark.parametrize("role", FILL_IN)
def test_nothing_of_the_rivals_is_named_in_a_form_or_filter(role, matrix, record_property):
    rivals, problems, count, heard = Rivals(matrix), [], 0, 0
    for question, value in questions(matrix, role, rivals):
        heard += is_heard(matrix, role, question, value)
        for theirs in rivals.instead(value):
            count += 1
            if said := problem(matrix, role, question, theirs):
                problems.append(said)
    record_property(f"cases of parameters as {role}", count)

    assert problems == [], by_problem(problems)
    assert count > 10
    assert heard > 5


def test_a_field_that_takes_the_rivals_is_noticed(matrix):
    rivals = Rivals(matrix)
    with taken_back(), without_policies(), ExitStack() as off:
        for lock in locks(matrix.network):
            if lock.name.startswith("visible_to"):
                off.enter_context(lock.off())
        assert any(
            problem(matrix, "owner", question, theirs)
            for question, value in questions(matrix, "owner", rivals)
            for theirs in rivals.instead(value)
        )


def test_there_are_locks_of_every_kind(matrix):
    names = [each.name for each in locks(matrix.network)]
    assert len(names) == len(set(names)) >= 60
    kinds = {name.split()[0] for name in names}
    assert kinds >= {"visible_to", "post_of_owner", "post_at_dealer", "sign-in", "right", "role"}


if EVERY_LOCK:  # takes long: make mutants

    def test_every_lock_that_is_off_is_noticed(matrix, record_property):
        tried = matrix.locks
        with taken_back(), without_policies():
            alone = {each.name for each in tried if matrix.noticed(each)}
        behind = {each.name for each in tried if matrix.noticed(each)}
        record_property("locks tried", len(tried))
        record_property("locks noticed", len(alone | behind))
        record_property("locks noticed behind policies", len(behind))
        record_property("locks noticed without policies", len(alone))

        missed = sorted({each.name for each in tried} - alone - behind)
        assert missed == [], "\n".join(missed)

    def test_a_lock_that_is_still_on_is_not_noticed(matrix):
        lock = next(each for each in matrix.locks if each.name.startswith("sign-in before"))

        assert matrix.noticed(lock)
        assert not matrix.noticed(replace(lock, without=True))


def without_a_word(_number, _text):
    """A gateway that keeps what it is given to itself; that of a demo writes it into the log."""


def test_what_customers_told_is_kept_nowhere_else_and_every_look_is_logged(
    matrix, caplog, monkeypatch
):
    monkeypatch.setattr(settings, "PORTAL_SMS", f"{__name__}.without_a_word")
    door = traffic.Door()
    with taken_back(), door.watched(), traffic.log_of_now(caplog) as log:
        asked = sum(traffic.of_role(matrix, role, door) for role in WORK)
        kept = traffic.kept_beside_the_pages()
        logged = door.logged()
    kept["log"] = "\n".join(log)

    assert asked > 200
    assert door.passed
    assert door.passed <= logged
    assert all(kept.values()), {name: len(each) for name, each in kept.items()}
    told = matrix.network.home.secrets | matrix.network.rival.secrets
    assert {(name, it) for name, each in kept.items() for it in told if it in each} == set()


def test_what_is_kept_elsewhere_is_found_there(matrix, caplog):
    told = min(filter(str.isdecimal, matrix.network.rival.secrets))
    with taken_back(), traffic.log_of_now(caplog) as log:
        logging.getLogger("customers").info("Called %s", told)
        cache.set("called", {"name": told})
        outbox.add("customers.tasks.nothing", told, at=timezone.now())
        session = Client().session
        session["called"] = told
        session.save()
        Path(settings.MEDIA_ROOT, "called.txt").write_text(told)
        kept = traffic.kept_beside_the_pages()
    kept["log"] = "\n".join(log)
    Path(settings.MEDIA_ROOT, "called.txt").unlink()
    cache.delete("called")

    assert {name for name, each in kept.items() if told not in each} == set()


def test_a_look_that_is_not_logged_is_noticed(matrix, monkeypatch):
    monkeypatch.setattr(access, "seen", lambda *_cards, **_about: None)
    door, client = traffic.Door(), Client()
    client.force_login(matrix.visitors["regional manager"].user)
    with taken_back(), door.watched():
        for address, values in matrix.own["regional manager"].items():
            door.leaves(client.get(address.filled(values)))
        assert door.passed
        assert not door.passed <= door.logged()
