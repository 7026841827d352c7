"""What a version of the agreement is asked for by: the page on which an owner signs it says so."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dealers.agreements import signing
from dealers.models import AgreementVersion
from dealers.triggers import lifted
from incentives.plans.agreement import tied
from tests.factories.agreements import published as agreement
from tests.factories.agreements import signed
from tests.factories.incentives import MARCH, drafted, percent, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

FIRST, SECOND = MARCH, MARCH + timedelta(days=31)


def asking(code, agreement_from=None, **fields):
    asked = {"gates": ["agreement_signed"], "agreement_from": agreement_from}
    return percent(code=code, name_en=code.title(), **asked, **fields)


def named(signed_from, offered):
    return [line.split(" of the plan")[0] for line in tied(signed_from, offered, SECOND)]


def test_what_a_signature_would_open_is_named_and_nothing_else():
    published(
        asking("any"), asking("first", FIRST), asking("second", SECOND),
        percent(code="free"), percent(code="certified", gates=["certified"]),
    )  # fmt: skip
    published(asking("over"), code="ended", ends_on=SECOND)
    published(asking("fee"), code="charged", direction="dealer_pays")
    drafted(asking("draft"), code="not-yet")
    published(asking("announced", SECOND), code="to-come", starts_on=SECOND + timedelta(days=30))

    assert named(None, FIRST) == ["Any", "First"]
    assert named(None, SECOND) == ["Any", "First", "Second", "Announced"]
    assert named(FIRST, SECOND) == ["Second", "Announced"]
    assert named(SECOND, SECOND) == []
    assert next(tied(FIRST, SECOND, SECOND)) == "Second of the plan “plan”, from 1 Jan 2026"


def test_the_page_of_a_version_says_what_is_done_without(login, owner):
    today = signing.today(timezone.now())
    first = agreement("2026-07")
    signed(first, owner)
    with lifted(AgreementVersion):
        AgreementVersion.objects.filter(pk=first.pk).update(starts_on=today - timedelta(days=30))
    agreement("2026-11")
    published(asking("old", today - timedelta(days=30)))

    page = login(owner).get("/agreement/").text
    assert "No plan that pays you asks for this version." in page
    assert "What you do without" not in page

    published(asking("new", today), code="other")
    page = login(owner).get("/agreement/").text
    assert "What you do without as long as it is not signed" in page
    assert "New of the plan “other”, from" in page
    assert "Old of the plan" not in page
    assert "No plan that is published" not in page
