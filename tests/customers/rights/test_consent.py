"""Consents are rows: with every registration, whichever way it came, and never changed."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from django.utils import timezone

from customers.cards import CardRefused, grant
from customers.models import Consent, ConsentChannel, ConsentPurpose, VoidReason
from customers.ownership import voids
from customers.rights import consent
from dealers.actor import Actor
from dealers.triggers import lifted
from tests.factories.customers import DAY_ONE, RulebookFactory, number_of, registered
from tests.factories.dealers import shared

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def made(store, clerk):
    RulebookFactory()
    return registered(store, staff=clerk.user, consent_marketing=True)


def say(made, purpose, **how):
    said = {"channel": ConsentChannel.SELF, "evidence": "code x", "at": timezone.now()}
    return consent.say([made.customer], [purpose], **said | how)


def test_a_registration_writes_down_what_was_agreed_to(made):
    rows = list(Consent.objects.order_by("purpose"))
    assert [(row.purpose, row.withdrawn) for row in rows] == [("offers", False), ("service", False)]
    for row in rows:
        assert (row.customer, row.dealer, row.registration) == (made.customer, made.dealer, made)
        assert (row.at, row.channel, row.evidence) == (DAY_ONE, "capture", made.receipt)
        assert row.text_version == made.consent_text


def test_those_on_file_keep_what_they_agreed_to(made):
    registered(made.store)
    known = Consent.objects.order_by("registration", "purpose")
    columns = [it.attname for it in Consent._meta.concrete_fields if it.name != "id"]
    before = list(known.values(*columns))
    with lifted(Consent):
        known.delete()
    with connection.cursor() as cursor:
        cursor.execute(import_module("customers.migrations.0034_consents").BACKFILL)
    assert list(known.values(*columns)) == before
    assert len(before) == 3


def test_the_last_word_counts(made):
    assert consent.stands(made.customer, ConsentPurpose.OFFERS)
    assert say(made, "offers", withdrawn=True)
    assert say(made, "offers", withdrawn=True) == []
    assert not consent.stands(made.customer, ConsentPurpose.OFFERS)
    assert consent.stands(made.customer, ConsentPurpose.SERVICE)
    assert say(made, "offers")
    assert consent.stands(made.customer, ConsentPurpose.OFFERS)
    assert Consent.objects.filter(purpose="offers").count() == 3


def test_a_file_that_comes_later_does_not_undo_what_was_taken_back_since(made):
    taken_back = DAY_ONE + timedelta(days=9)
    say(made, "offers", withdrawn=True, at=taken_back)
    for told_of in (timedelta(days=8), timedelta(days=10)):
        was = consent.stands(made.customer, ConsentPurpose.OFFERS)
        again = registered(
            made.store, phone=number_of(made.customer), at=DAY_ONE + told_of,
            consent_marketing=True,
        )  # fmt: skip
        assert again.customer == made.customer
        assert not was
    assert consent.stands(made.customer, ConsentPurpose.OFFERS)
    [offers] = [each for each in consent.agreed(made.customer) if each.purpose == "offers"]
    assert offers.last.at == DAY_ONE + timedelta(days=10)


def test_what_came_with_a_voided_registration_does_not_count(made, clerk):
    voids.void(made, reason=VoidReason.UNDONE, by=Actor.of(clerk), at=DAY_ONE)
    assert not consent.stands(made.customer, ConsentPurpose.SERVICE)


@pytest.mark.parametrize("change", [{"withdrawn": True}, {"evidence": "x"}])
def test_a_consent_never_changes(made, change):
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
        Consent.objects.update(**change)
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
        Consent.objects.all().delete()


def test_the_brand_gets_a_number_by_a_consent_of_its_own_alone(made, hq):
    shared(made.dealer)
    by, at = Actor.hq(hq), timezone.now()
    with pytest.raises(CardRefused, match="has not agreed that the brand"):
        grant(made.customer, by=by, purpose="service", at=at)
    assert grant(made.customer, by=by, purpose="request", at=at)
    say(made, "brand")
    assert grant(made.customer, by=by, purpose="service", at=at)
    say(made, "brand", withdrawn=True)
    with pytest.raises(CardRefused, match="has not agreed that the brand"):
        grant(made.customer, by=by, purpose="service", at=at)
