"""What an owner takes away, and what everybody sees."""

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from django.utils import timezone

from dealers.models import Export, Link, SignedLink, StampAttempt
from dealers.receipts import root, stamping, verify_receipt
from dealers.tasks import close_days, keep_chains, write_chain
from dealers.triggers import lifted
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory
from tests.factories.stamps import rooted, stamped, time_stamps

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory()


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def owner(store):
    return OwnerFactory(dealer=store.dealer)


@pytest.fixture
def clerk(store):
    return MembershipFactory(store=store)


def page(client, name):
    return client.get(reverse(f"dealers:{name}"))


def test_with_what_an_owner_takes_away_everything_is_proven(owner, store, login):
    registered(store)
    registered(StoreFactory())
    keep_chains()
    root.close_yesterday(timezone.now() + timedelta(days=1))
    client = login(owner)
    client.post(reverse("dealers:take-chain"))
    write_chain(str(Export.objects.get().pk))
    taken = client.get(reverse("dealers:export-file", args=[Export.objects.get().pk]))
    files = {
        "chain.csv": taken.content,
        "receipts.txt": page(client, "proof-receipts").content,
        "roots.txt": page(client, "proof-paths").content,
    }

    report = verify_receipt.check(files)

    assert report.verdict == verify_receipt.PROVEN, verify_receipt.told(report)
    assert report.until == 1
    files["chain.csv"] = files["chain.csv"].replace(b"yours", b"protected")
    assert verify_receipt.check(files).verdict == verify_receipt.WRONG


def test_the_page_says_how_far_the_chain_is(owner, store, login):
    client = login(owner)
    assert "Your chain is empty" in page(client, "proof").text
    registered(store)
    assert "Something has just happened" in page(client, "proof").text
    keep_chains()

    said = page(client, "proof").text

    assert "place 1, on" in said
    assert "portal-key" not in said
    with lifted(Link, SignedLink):
        SignedLink.objects.all().delete()
        Link.objects.update(at=timezone.now() - timedelta(minutes=6))
    assert "The signature of 1 link is late" in page(client, "proof").text


def test_only_an_owner_takes_the_chain_away(clerk, login):
    client = login(clerk)

    for name in ("proof", "proof-receipts", "proof-paths"):
        assert page(client, name).status_code == 404
    assert client.post(reverse("dealers:take-chain")).status_code == 404


def test_a_receipt_shows_its_signature_when_it_has_one(clerk, store, login):
    client = login(clerk)
    made = registered(store, staff=clerk.user)
    assert "comes in a moment" in client.get(made.get_absolute_url()).text
    keep_chains()

    said = client.get(made.get_absolute_url())

    assert SignedLink.objects.get().line in said.text
    assert "at place 1" in said.text
    assert reverse("dealers:verify") in said.text
    with lifted(Link, SignedLink):
        SignedLink.objects.all().delete()
        Link.objects.all().delete()
    assert "Proof for your own hands" not in client.get(made.get_absolute_url()).text


def test_everybody_sees_the_roots_and_a_day_without_one(client, store):
    assert "There is no root yet" in page(client, "roots").text
    registered(store)
    close_days()
    root.close_yesterday(timezone.now() + timedelta(days=1))
    root.close_yesterday(timezone.now() + timedelta(days=3))

    said = page(client, "roots").text

    assert said.count("portal-root/1") == 2
    assert "The day before it has no root." in said
    report = verify_receipt.check({"roots.txt": page(client, "roots-file").content})
    assert not report.wrong
    assert "2 daily roots are signed" in report.notes[-2][1]


def test_the_page_says_who_stamped_a_root_and_gives_the_stamp(client, tmp_path, settings):
    root = rooted()
    for stamps in ("local", ""):
        settings.PORTAL_STAMPS = stamps
        assert "Time-stamped by nobody outside" in page(client, "roots").text
    settings.PORTAL_STAMPS = "https://stamps.example.com"
    assert "Not time-stamped by anybody outside yet" in page(client, "roots").text
    with time_stamps() as service:
        settings.PORTAL_STAMPS = service.address
        settings.PORTAL_STAMPS_CA = tmp_path / "authority.pem"
        settings.PORTAL_STAMPS_CA.write_text(service.authority.pem)
        stamping.take(str(root.day), timezone.now())
    stamp = StampAttempt.objects.get()

    said = page(client, "roots").text

    assert "by an authority that the brand chose and that calls itself “Stamps of a test”" in said
    assert stamp.command in said
    assert "proves nothing" not in said
    for name, content in (("stamp", stamp.content), ("stamp-certificates", service.authority.pem)):
        path = reverse(f"dealers:{name}", args=[root])
        assert path in said
        answer = client.get(path)
        assert answer.content == (content if isinstance(content, bytes) else content.encode())
        assert f'filename="root-{root}.' in answer["Content-Disposition"]
    for day in ("2020-01-01", "yesterday", "2026-13-01"):
        assert client.get(reverse("dealers:stamp", args=[day])).status_code == 404


def test_of_a_root_that_is_not_tried_any_more_it_says_no_such_thing(client, settings):
    settings.PORTAL_STAMPS = "https://stamps.example.com"
    today = timezone.localdate()
    rooted(today - timedelta(days=8))
    said = page(client, "roots").text
    assert "that is tried again" not in said
    assert "Time-stamped by nobody outside" in said
    rooted(today - timedelta(days=7))
    assert page(client, "roots").text.count("that is tried again") == 1


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_local_stamp_is_marked_as_such(client, language, owner, store, login):
    owner.user.language = language
    owner.user.save()
    registered(store)
    keep_chains()
    made = root.close_yesterday(timezone.now() + timedelta(days=1))
    stamped(made)
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = language
    marks = {"en": "proves nothing against the brand", "zh-hans": "对品牌方没有任何证明力"}

    assert marks[language] in page(client, "roots").text
    assert marks[language] in page(login(owner), "proof").text


def test_the_program_is_the_one_that_is_tested(client):
    given = page(client, "verifier")

    assert b"def signed(key, text, signature)" in given.content
    assert "attachment" in given["Content-Disposition"]
