"""The pages of the agreement: the owner's, and headquarters' in the admin."""

from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.urls import reverse
from django.utils import timezone

from dealers.agreements import signing
from dealers.models import AgreementAnswer, AgreementVersion
from dealers.tasks import keep_chains, write_agreement
from dealers.triggers import lifted
from tests.factories.agreements import WORDS, draft, published, signed
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

SIGNS = {"name": " 周  国梁 ", "read": "on"}


@pytest.fixture
def owner():
    return OwnerFactory()


def of(version, name="agreement-version"):
    return reverse(f"dealers:{name}", args=[version.pk])


def test_without_a_version_the_page_says_so(owner, login):
    page = login(owner).get("/agreement/")
    assert page.status_code == 200
    assert "No version is published yet" in page.text


def test_an_owner_reads_signs_and_takes_the_paper_away(owner, login):
    version, client = published(), login(owner)
    page = client.get("/agreement/").text
    assert "Contact no protected customer." in page
    assert "Waits for your answer" in page
    for wrong in ({}, {"name": "周"}, {"name": "周国梁"}, SIGNS | {"name": "周\u202e梁"}):
        assert client.post(of(version, "sign-agreement"), wrong).status_code == 422
    assert client.post(of(version, "sign-agreement"), SIGNS | {"name": "周"}).status_code == 422
    assert not AgreementAnswer.objects.exists()

    assert client.post(of(version, "sign-agreement"), SIGNS).url == of(version)
    answer = AgreementAnswer.objects.get()
    assert (answer.name, answer.dealer, answer.by) == ("周 国梁", owner.dealer, owner.user)
    assert client.get(of(version, "agreement-paper")).status_code == 202
    write_agreement(answer.pk, "https://portal.example")
    keep_chains()
    paper = client.get(of(version, "agreement-paper"))
    assert paper.content.startswith(b"%PDF-")
    page = client.get(of(version)).text
    assert answer.number in page
    assert answer.sha256 in page
    assert "registered from" in page
    assert "portal-agreement/1" in client.get(of(version, "agreement-words")).text
    assert client.post(of(version, "sign-agreement"), SIGNS).status_code == 422


def test_a_newer_version_is_read_with_its_difference_and_may_be_refused(owner, login):
    first = published("2026-07")
    signed(first, owner)
    with lifted(AgreementVersion):
        AgreementVersion.objects.filter(pk=first.pk).update(
            starts_on=signing.today(timezone.now()) - timedelta(days=30)
        )
    second = published("2026-11", text_en=WORDS["text_en"].replace("for 90", "for 120"))
    client = login(owner)
    page = client.get("/agreement/").text
    assert "2 parts are different from version 2026-07" in page
    assert "What is different from version 2026-07" in page
    assert "<del>90</del><ins>120</ins>" in page
    assert client.post(of(second, "refuse-agreement")).url == of(second)
    page = client.get("/agreement/").text
    assert "You said no" in page
    assert "Version 2026-07, since" in page
    assert client.post(of(second, "sign-agreement"), SIGNS).url == of(second)


def test_an_owner_who_signed_nothing_reads_from_when_on_nobody_is_registered(owner, login):
    day = signing.today(timezone.now()) + timedelta(days=30)
    version = published(starts_on=day, required=True)
    said = "your stores then register nobody until you have signed"
    assert said in login(owner).get(of(version)).text
    signed(version, owner)
    assert said not in login(owner).get(of(version)).text


def test_who_has_to_sign_sees_before_what_each_level_would_have_brought(owner, login):
    published(required=True)
    page = login(owner).get("/agreement/").text
    assert "Your stores register nobody until you have signed." in page
    assert reverse("incentives:if-shared") in page
    assert reverse("customers:sharing") in page


def test_what_is_different_in_the_other_language_alone_is_shown_as_well(owner, login):
    first = published("2026-07")
    signed(first, owner)
    with lifted(AgreementVersion):
        AgreementVersion.objects.filter(pk=first.pk).update(
            starts_on=signing.today(timezone.now()) - timedelta(days=30)
        )
    published("2026-11", text=WORDS["text"].replace("保护 90", "保护 120"))
    page = login(owner).get("/agreement/").text
    assert "Nothing in this language" in page
    assert "<del>90</del><ins>120</ins>" in page


def test_signing_asks_for_the_second_factor_not_for_the_password(owner, login, settings):
    settings.PORTAL_SECOND_FACTOR = True
    version, client = published(), login(owner)
    page = client.post(of(version, "sign-agreement"), SIGNS)
    assert page.status_code == 422
    assert "Set up a second factor first" in page.text
    TOTP.activate(owner.user, "JBSWY3DPEHPK3PXP")
    asked = client.post(of(version, "sign-agreement"), SIGNS)
    assert asked.url.startswith(reverse("mfa_reauthenticate"))
    assert not AgreementAnswer.objects.exists()


def test_nobody_else_has_these_pages(owner, login):
    version = published()
    signed(version, owner)
    clerk = MembershipFactory(store=StoreFactory(dealer=owner.dealer))
    for name in ("agreement-version", "agreement-paper", "agreement-words"):
        assert login(clerk).get(of(version, name)).status_code == 404
    assert login(OwnerFactory()).get(of(version, "agreement-paper")).status_code == 404
    unpublished = draft("2027-01")
    assert login(owner).get(of(unpublished)).status_code == 404
    assert login(owner).post(of(unpublished, "sign-agreement"), SIGNS).status_code == 404


def test_headquarters_reads_who_has_signed_and_signs_for_nobody(owner, login):
    version = published()
    signed(version, owner)
    other = OwnerFactory()
    client = login(UserFactory(is_staff=True, is_superuser=True))
    page = client.get(reverse("admin:dealers_agreementanswer_changelist")).text
    assert owner.dealer.name in page
    assert client.get(reverse("admin:dealers_agreementanswer_add")).status_code == 404
    listed = reverse("admin:dealers_dealer_changelist")
    assert other.dealer.name in client.get(listed, {"agreement": "none"}).text
    assert owner.dealer.name not in client.get(listed, {"agreement": "none"}).text
    assert owner.dealer.name in client.get(listed, {"agreement": "current"}).text
    assert owner.dealer.name not in client.get(listed, {"agreement": "older"}).text
    versions = client.get(reverse("admin:dealers_agreementversion_changelist")).text
    assert "1 of 2" in versions
    export = client.get(
        reverse("admin:dealers_agreementanswer_changelist"), {"export": "csv"}
    ).content.decode()
    assert "周国梁" in export
    page = client.get(reverse("admin:dealers_agreementversion_change", args=[version.pk]))
    assert page.status_code == 200


def test_before_a_version_begins_nobody_has_signed_the_one_in_force(owner, login):
    signed(published(starts_on=signing.today(timezone.now()) + timedelta(days=5)), owner)
    client = login(UserFactory(is_staff=True, is_superuser=True))
    listed = reverse("admin:dealers_dealer_changelist")
    assert owner.dealer.name not in client.get(listed, {"agreement": "current"}).text
    assert owner.dealer.name in client.get(listed, {"agreement": "older"}).text


def test_two_people_publish_in_the_admin(login):
    version = draft("2026-11")
    page = reverse("admin:dealers_agreementversion_publish", args=[version.pk])
    one, other = (
        login(UserFactory(is_staff=True, is_superuser=True)),
        UserFactory(is_staff=True, is_superuser=True),
    )
    assert one.post(page, {"step": "tested"}).status_code == 302
    assert one.post(page, {"step": "approved"}).status_code == 200
    two = login(other)
    assert two.post(page, {"step": "approved"}).status_code == 302
    assert two.post(page, {"read": "1"}).status_code == 302
    version.refresh_from_db()
    assert version.is_published
