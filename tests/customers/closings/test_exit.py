"""A dealer is closed after everything of it was offered; in the end nobody reads its customers."""

import io
import zipfile
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from customers import cards, erasure, search, verification
from customers.closings import going_on, offering, plan, steps
from customers.closings.offering import ClosingRefused
from customers.models import Closing, Customer, ExitOffer, StepKind
from customers.tasks import write_offered_pack
from dealers import alarms, exports, notices, vault
from dealers import verification as installation
from dealers.actor import Actor, acting
from dealers.keys import held
from dealers.models import (
    PURPOSES,
    Canary,
    DealerKey,
    Export,
    Level,
    Membership,
    Notice,
    NoticeKind,
    OutboxTask,
    RefusedAct,
)
from dealers.tasks import write_exit_pack
from tests.factories.closings import offered
from tests.factories.customers import RulebookFactory, card_of, number_of, registered
from tests.factories.dealers import (
    OwnerFactory,
    StoreFactory,
    UserFactory,
    keys_are_committed,
    shared,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

FIRST = "First offer this dealer everything"


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


def close(dealer, hq, at=None):
    at = at or timezone.now()
    return plan.close_dealer(
        dealer, on=at.date() + timedelta(days=20), reason="Contract ends", by=Actor.hq(hq), at=at
    )


def run(closing, at):
    found = Closing.objects.select_related("store", "to", "dealer").get(pk=closing.pk)
    for _step in going_on.go_on(found, at):
        pass
    found.refresh_from_db()
    return found


def over(closing):
    """A moment at which every step is due."""
    return max(step.due_at for step in closing.steps.all()) + timedelta(minutes=1)


def test_headquarters_offers_everything_before_it_begins_a_closing(login, store, owner, hq):
    registered(store, name="王小明")
    client, add = login(hq), reverse("admin:customers_closing_add")
    day = timezone.now().astimezone(store.tz).date() + timedelta(days=20)
    sent = {"dealer": store.dealer_id, "on": day, "reason": "Contract ends"}
    assert FIRST in client.post(add, sent).text
    assert RefusedAct.objects.filter(dealer=store.dealer, act="closing").exists()

    answer = client.post(reverse("admin:customers_exitoffer_add"), {"dealer": store.dealer_id})
    assert answer.status_code == 302
    offer = ExitOffer.objects.get()
    assert (offer.to, offer.by, offer.ready_at) == (owner.user, hq, None)
    assert FIRST in client.post(add, sent).text
    assert OutboxTask.objects.filter(task=offering.TASK, args=[str(offer.export)]).exists()

    write_offered_pack(str(offer.export))
    offer.refresh_from_db()
    told = Notice.objects.get(user=owner.user, about=f"offer:{offer.pk}")
    assert told.to == reverse("dealers:exit-pack")
    assert client.post(add, sent).status_code == 302
    assert Closing.objects.get().pack == offer

    its_owner = login(owner)
    file = its_owner.get(reverse("dealers:export-file", args=[offer.export]))
    pack = zipfile.ZipFile(io.BytesIO(b"".join(file)))
    assert "王小明" in pack.read("data/customers.json").decode()
    assert "exit-pack" in its_owner.get(reverse("dealers:exit-pack")).text
    assert "nobody opens names" not in Notice.objects.values_list("said", flat=True)


def test_it_is_offered_once_at_a_time_and_to_somebody(store, owner, hq):
    by, now = Actor.hq(hq), timezone.now()
    with pytest.raises(ClosingRefused, match="Only headquarters"):
        offering.offer(store.dealer, by=Actor.of(owner), at=now)
    offering.offer(store.dealer, by=by, at=now)
    with pytest.raises(ClosingRefused, match="being made already"):
        offering.offer(store.dealer, by=by, at=now)
    with pytest.raises(ClosingRefused, match="has no owner"):
        offering.offer(StoreFactory().dealer, by=by, at=now)
    # Of one that failed another one is made.
    Export.objects.update(state="failed")
    offering.offer(store.dealer, by=by, at=now)


@pytest.mark.parametrize("which", ["another dealer's", "too old", "not ready", "used before"])
def test_only_a_pack_of_its_own_that_was_ready_lately_lets_a_closing_begin(store, owner, hq, which):
    now = timezone.now()
    match which:
        case "another dealer's":
            offered(StoreFactory().dealer)
        case "too old":
            offered(store.dealer, now - timedelta(days=31))
        case "not ready":
            offering.offer(store.dealer, by=Actor.hq(hq), at=now)
        case "used before":
            offered(store.dealer)
            plan.take_back(close(store.dealer, hq), by=Actor.hq(hq), at=now)
    with pytest.raises(ClosingRefused, match=FIRST):
        close(store.dealer, hq)
    found = ExitOffer.objects.first()
    with (
        pytest.raises(IntegrityError, match=r"after everything of it|pack_id"),
        transaction.atomic(),
        acting(Actor.hq(hq)),
    ):
        Closing.objects.create(
            kind="dealer", dealer=store.dealer, reason="x", by=hq, begun_at=now,
            due_at=now + timedelta(days=20), pack=found,
        )  # fmt: skip


def test_with_the_post_of_its_owner_an_offered_pack_is_gone(store, owner, hq):
    offer, now = offered(store.dealer), timezone.now()
    Membership.objects.filter(pk=owner.pk).update(ends_at=now)
    with pytest.raises(ClosingRefused, match=FIRST):
        close(store.dealer, hq)
    with (
        pytest.raises(IntegrityError, match="after everything of it"),
        transaction.atomic(),
        acting(Actor.hq(hq)),
    ):
        Closing.objects.create(
            kind="dealer", dealer=store.dealer, reason="x", by=hq, begun_at=now,
            due_at=now + timedelta(days=20), pack=offer,
        )  # fmt: skip
    following = OwnerFactory(dealer=store.dealer)
    made = offering.offer(store.dealer, by=Actor.hq(hq), at=timezone.now())
    assert made.to == following.user


def test_headquarters_cannot_say_by_itself_that_a_pack_was_ready(store, owner, hq):
    now, said = timezone.now(), {"ready_at": timezone.now(), "manifest": "a" * 64}
    whose = {"dealer": store.dealer, "to": owner.user, "by": hq, "offered_at": now}
    with pytest.raises(DatabaseError), transaction.atomic(), acting(Actor.hq(hq)):
        ExitOffer.objects.create(**whose, export=uuid4(), **said)
    offer = offering.offer(store.dealer, by=Actor.hq(hq), at=now)
    for by in (Actor.hq(hq), Actor.worker("x")):  # its file is not there yet
        with transaction.atomic(), acting(by):
            try:
                with transaction.atomic():
                    changed = ExitOffer.objects.filter(pk=offer.pk).update(**said)
            except DatabaseError:
                changed = 0
        assert not changed
    offer.refresh_from_db()
    assert offer.ready_at is None


def test_in_the_end_nobody_reads_the_customers_and_everything_is_in_order(
    login, store, owner, clerk, hq
):
    made = registered(store, name="王小明", staff=clerk.user)
    other = registered(StoreFactory(), name="陈女士")
    keys_are_committed()
    offered(store.dealer)
    closing = close(store.dealer, hq)
    keys_due = closing.steps.get(kind=StepKind.KEYS).due_at
    run(closing, keys_due - timedelta(minutes=1))
    assert card_of(made.customer).name == "王小明"

    found = run(closing, over(closing))
    assert found.finished_at is not None
    vault.forget(store.dealer_id)

    assert (card_of(made.customer).name, number_of(made.customer)) == ("", "")
    assert card_of(other.customer).name == "陈女士"
    assert not DealerKey.objects.filter(dealer=store.dealer).exclude(wrapped=b"").exists()
    wrong = {
        name: detail
        for checks in (installation.checks(), verification.checks())
        for name, holds, detail in checks
        if not holds
    }
    assert wrong == {}
    assert (vault.closed_keys(), held.wrong()) == ([], [])
    told = Notice.objects.filter(user=owner.user, about=f"key:{closing.pk}").get()
    assert "take everything away" in str(told)
    client = login(owner)
    for page in ("/customers/", made.customer.get_absolute_url(), closing.get_absolute_url()):
        assert client.get(page).status_code == 200
        assert "王小明" not in client.get(page).text
    # What is left is to be had still, without anybody's name.
    client.post(reverse("dealers:make-exit-pack"))
    export = Export.objects.latest("asked_at")
    write_exit_pack(str(export.pk))
    file = client.get(f"{export.get_absolute_url()}file/")
    pack = zipfile.ZipFile(io.BytesIO(b"".join(file)))
    assert made.receipt in pack.read("data/registrations.json").decode()
    assert "王小明" not in pack.read("data/customers.json").decode()


def test_after_that_no_way_gives_a_name_or_a_number(login, store, owner, hq, capsys):
    """By pages, tasks, commands, search and the table itself, which a backup would have."""
    made = registered(store, name="王小明", phone="13800138000")
    shared(store.dealer, Level.TOGETHER)
    keys_are_committed()
    assert card_of(made.customer).name == "王小明"
    offered(store.dealer)
    closing = close(store.dealer, hq)
    run(closing, over(closing))
    vault.forget(store.dealer_id)
    card, texts = Customer.objects.get(pk=made.customer_id), []

    for person in (owner, hq):
        client = login(person)
        pages = (card.get_absolute_url(), "/customers/", "/access/", "/admin/")
        texts += [client.get(page).text for page in pages]
    for purpose, _words in PURPOSES:
        with suppress(cards.CardRefused, vault.VaultError):
            shown = cards.hand_out(
                card, by=Actor.worker("tests"), purpose=purpose, at=timezone.now()
            )
            texts += [shown.name, shown.number]
        with suppress(CommandError, vault.VaultError):
            call_command("reveal_number", str(card.pk), purpose=purpose)
    texts.append(capsys.readouterr().out)
    for field in cards.SEALED:
        with suppress(vault.VaultError):
            texts.append(vault.unseal(vault.Row.of(card), field, getattr(card, f"{field}_sealed")))
    with suppress(vault.VaultError):
        found = search.find(Customer.objects.filter(dealer=store.dealer), "王小明", store.dealer_id)
        assert not found.exists()
    with connection.cursor() as cursor:
        for table in ("customers_customer", "customers_registration", "dealers_dealerkey"):
            cursor.execute(f"SELECT t::text FROM {table} AS t")
            texts += [row for (row,) in cursor.fetchall()]

    told = "\n".join(texts)
    for words in ("王小明", "13800138000", "小明"):
        assert words not in told


def test_the_key_is_kept_while_the_dealer_is_to_be_paid(monkeypatch, store, owner, hq):
    registered(store)
    offered(store.dealer)
    closing = close(store.dealer, hq)
    owed = [True]
    monkeypatch.setattr(steps, "KEY_NEEDED", [lambda _dealer, _at: owed[0]])
    found = run(closing, over(closing))
    assert found.finished_at is None
    assert found.steps.get(kind=StepKind.KEYS).done_at is None
    assert DealerKey.objects.filter(dealer=store.dealer, destroyed_at=None).exists()
    owed[0] = False
    assert going_on.sweep(over(closing)) >= 0
    assert run(closing, over(closing)).finished_at is not None
    assert not DealerKey.objects.filter(dealer=store.dealer, destroyed_at=None).exists()


def test_of_a_closing_from_before_packs_the_key_stays(store, owner, hq):
    registered(store)
    offered(store.dealer)
    closing = close(store.dealer, hq)
    closing.pack = None
    at = timezone.now()
    assert steps.STEPS[StepKind.KEYS](closing, at) == (0, False)
    assert DealerKey.objects.filter(dealer=store.dealer, destroyed_at=None).exists()


def test_with_the_key_go_the_files_that_it_sealed(login, store, owner):
    registered(store)
    login(owner).post(reverse("dealers:make-exit-pack"))
    write_exit_pack(str(Export.objects.get().pk))
    worker, now = Actor.worker("closing"), timezone.now()
    assert erasure.erase_customers(store.dealer, by=worker, at=now) == 1
    assert not Export.objects.exists()


def test_what_is_being_made_while_the_key_is_destroyed_is_kept_for_nobody(login, store, owner):
    registered(store)
    login(owner).post(reverse("dealers:make-exit-pack"))
    asked = Export.objects.get()

    def made(_export, file):
        file.write(b"what was read before")
        erasure.erase_customers(store.dealer, by=Actor.worker("closing"), at=timezone.now())

    exports.make(str(asked.pk), made, at=timezone.now())
    assert not Export.objects.exists()
    left = f"{exports.FOLDER}/{asked.pk}{exports.BY_PORTAL}"
    assert not default_storage.exists(left)


@pytest.mark.parametrize("left", [False, True])
def test_a_test_customer_tells_the_former_owner_that_somebody_looked(login, store, owner, hq, left):
    made = registered(store, name="王小明")
    Canary.objects.create(
        dealer=store.dealer, customer=made.customer_id, planted_by=owner.user,
        planted_at=timezone.now(),
    )  # fmt: skip
    offered(store.dealer)
    closing = close(store.dealer, hq)
    run(closing, over(closing))
    now = timezone.now()
    if left:  # the contract is over, and headquarters ended the post
        Membership.objects.filter(pk=owner.pk).update(ends_at=now)
        store.closed_at = now
        store.save(update_fields=["closed_at"])

    page = login(hq).get(reverse("admin:customers_customer_change", args=[made.customer_id]))
    assert "王小明" not in page.text
    assert alarms.tell(timezone.now()) == 1
    told = Notice.objects.filter(kind=NoticeKind.CANARY)
    assert [each.user for each in told] == [owner.user]


def test_of_a_dealer_that_goes_on_a_former_owner_is_told_nothing(store, owner):
    now = timezone.now()
    assert notices.owners_or_last(store.dealer_id, now) == [owner.user]
    Membership.objects.filter(pk=owner.pk).update(ends_at=now)
    assert notices.owners_or_last(store.dealer_id, now + timedelta(hours=1)) == []
    assert UserFactory() not in notices.owners_or_last(store.dealer_id, now)
