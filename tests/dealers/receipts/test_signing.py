"""Receipts: signed after the fact, once for each place, by somebody who remembers."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from config.servers import embedded, keeper
from dealers.actor import Actor, acting
from dealers.models import Fact, FactKind, Link, SignedLink, SigningKey
from dealers.receipts import chain, signing, verify_receipt
from dealers.receipts.signer import NotSigned, SignerAway
from dealers.tasks import keep_chains
from dealers.triggers import lifted
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import StoreFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory()


@pytest.fixture
def store():
    return StoreFactory()


def sign(count=0, store=None):
    """Register so many, and sign what is there."""
    for _each in range(count):
        registered(store)
    chain.append_waiting()
    return signing.sign_waiting(timezone.now())


def retold(link, body="[]"):
    """A link changed by whoever owns the database, with a hash that fits."""
    with lifted(Link), connection.cursor() as cursor:
        cursor.execute("UPDATE dealers_link SET body = %s WHERE id = %s", [body, link.pk])
        link.refresh_from_db()
        cursor.execute(
            "UPDATE dealers_link SET hash = sha256(previous || convert_to(%s, 'UTF8'))"
            " WHERE id = %s",
            [link.text, link.pk],
        )


def files(store):
    rows = [",".join(chain.COLUMNS)]
    rows += [
        ",".join('"' + str(cell).replace('"', '""') + '"' for cell in row)
        for row in list(chain.written(store.dealer_id))[1:]
    ]
    return {"chain.csv": "\n".join(rows).encode(), "key": "\n".join(signing.key_lines()).encode()}


def test_each_place_is_signed_and_the_dealers_file_proves_it(store):
    registered(store)
    registered(StoreFactory())
    keep_chains()

    receipt = SignedLink.objects.get(dealer=store.dealer)
    (line,) = signing.receipts_of(store.dealer_id)
    assert line == receipt.line
    report = verify_receipt.check(files(store) | {"mine": line.encode()})
    assert (report.verdict, report.until, report.newer) == (verify_receipt.PROVEN, 1, 0)
    assert SigningKey.objects.count() == 1
    assert sign() == 0


def test_links_from_before_there_was_a_salt_are_proven_with_those_after_it(store):
    registered(store)
    with lifted(Fact), connection.cursor() as cursor:
        cursor.execute("UPDATE dealers_fact SET body = (body::json -> 'told')::text")
    chain.append_waiting()
    registered(store)
    keep_chains()

    first, second = (link.body[0] for link in Link.objects.order_by("seq"))
    report = verify_receipt.check(files(store) | {"mine": SignedLink.objects.last().line.encode()})

    assert (first, second) == ("[", "{")
    assert (report.verdict, report.until) == (verify_receipt.PROVEN, 2)
    assert chain.broken() == []


def test_the_link_of_a_registration_is_found(store):
    made = registered(store)
    assert signing.place_of(FactKind.REGISTRATION, store.dealer_id, made.pk, made.receipt) is None

    chain.append_waiting()

    found = signing.place_of(FactKind.REGISTRATION, store.dealer_id, made.pk, made.receipt)
    assert found == Link.objects.get()


def test_a_signature_that_was_given_and_not_kept_is_given_again(store):
    sign(1, store)
    kept = SignedLink.objects.get()
    with lifted(SignedLink):
        SignedLink.objects.all().delete()

    assert sign() == 1

    again = SignedLink.objects.get()
    assert (again.line, again.at) == (kept.line, kept.at)


def test_no_second_history_is_signed(store):
    sign(3, store)
    with lifted(SignedLink):
        SignedLink.objects.filter(seq=3).delete()
    retold(Link.objects.get(seq=3))

    with pytest.raises(NotSigned, match="another head"):
        sign()

    assert SignedLink.objects.count() == 2


def test_what_does_not_follow_is_not_signed_and_holds_up_nobody_else(store):
    sign(2, store)
    registered(store)
    registered(StoreFactory())
    chain.append_waiting()
    for place in (2, 3):
        link = Link.objects.get(dealer=store.dealer, seq=place)
        retold(link, f"[{place}]")
    with lifted(Link), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dealers_link SET previous = (SELECT hash FROM dealers_link"
            " WHERE dealer_id = %(dealer)s AND seq = 2) WHERE dealer_id = %(dealer)s AND seq = 3",
            {"dealer": store.dealer_id},
        )
    retold(Link.objects.get(dealer=store.dealer, seq=3), "[3]")

    with pytest.raises(NotSigned, match="does not follow place 2"):
        sign()

    assert SignedLink.objects.exclude(dealer=store.dealer).count() == 1


def test_a_link_whose_words_were_changed_is_not_signed(store):
    registered(store)
    chain.append_waiting()
    with lifted(Link):
        Link.objects.update(body="[]")

    with pytest.raises(NotSigned, match="was changed"):
        sign()


def test_what_stands_before_a_changed_link_is_signed(store):
    for _each in range(3):
        registered(store)
    chain.append_waiting()
    with lifted(Link):
        Link.objects.filter(seq=3).update(body="[]")

    with pytest.raises(NotSigned, match="Place 3 of dealer"):
        sign()

    assert list(SignedLink.objects.values_list("seq", flat=True)) == [1, 2]


def test_a_chain_that_was_cut_gets_no_other_end(store):
    sign(3, store)
    with lifted(Link, SignedLink):
        Link.objects.filter(seq=3).delete()
        SignedLink.objects.filter(seq=3).delete()

    with pytest.raises(NotSigned, match="another head"):
        sign(1, store)


def stopped(tmp_path):
    """The signer's process ended, as before somebody works on its folder."""
    embedded.stop(keeper.Signer(tmp_path))


def test_an_old_folder_of_the_signer_is_found_out(store, signer_folder, tmp_path):
    sign(1, store)
    shutil.copytree(signer_folder, tmp_path / "backup")
    sign(1, store)
    stopped(tmp_path)
    shutil.rmtree(signer_folder)
    shutil.copytree(tmp_path / "backup", signer_folder)

    with pytest.raises(NotSigned, match="an older one"):
        sign(1, store)

    assert SignedLink.objects.count() == 2


@pytest.mark.parametrize("lost", ["key", "memory", "both"])
def test_a_signer_that_lost_something_signs_nothing(store, signer_folder, tmp_path, lost):
    sign(1, store)
    stopped(tmp_path)
    for name in ("key", "memory"):
        if lost in (name, "both"):
            (signer_folder / name).unlink()

    with pytest.raises(NotSigned):
        sign(1, store)


def test_the_folder_is_for_the_signer_alone(store, signer_folder):
    sign(1, store)

    assert signer_folder.stat().st_mode & 0o077 == 0
    for file in signer_folder.iterdir():
        assert file.stat().st_mode & 0o077 == 0
        assert file.stat().st_uid == keeper.server_user()[0]
    with closing(sqlite3.connect(signer_folder / "memory")) as memory:
        assert memory.execute("SELECT count(*) FROM head").fetchone() == (1,)


def test_what_fails_on_its_way_is_signed_the_next_time(store, signer_folder):
    sign(1, store)
    full = "CREATE TRIGGER full BEFORE INSERT ON head BEGIN SELECT RAISE(ABORT, 'full'); END"
    with closing(sqlite3.connect(signer_folder / "memory")) as memory:
        memory.execute(full)
        with pytest.raises(SignerAway, match="full"):
            sign(1, store)
        memory.execute("DROP TRIGGER full")

    assert sign() == 1


def test_another_folder_signs_for_nobody_also_not_for_a_new_dealer(store, settings, tmp_path):
    sign(1, store)
    embedded.release(tmp_path)
    another = tmp_path / "of another host"
    another.mkdir()
    settings.PORTAL_SIGNER = embedded.signer_socket(another)

    with pytest.raises(NotSigned, match="another key"):
        sign(1, StoreFactory())

    assert SigningKey.objects.count() == SignedLink.objects.count() == 1
    embedded.release(another)


def test_nobody_puts_receipts_there_for_the_worker(store):
    row = SignedLink(dealer=store.dealer, seq=1, hash=b"", signature=b"", at=timezone.now())
    with (
        acting(Actor.hq(UserFactory(is_staff=True))),
        pytest.raises(DatabaseError),
        transaction.atomic(),
    ):
        row.save()


def test_headquarters_finds_what_was_changed_as_well(store):
    sign(3, store)
    assert chain.broken() == []

    with lifted(Link):
        Link.objects.filter(seq=2).update(body="[]")
    assert chain.broken() == [f"place 2 of dealer {store.dealer_id}"]
    retold(Link.objects.get(seq=3))
    with lifted(Link):
        Link.objects.filter(seq__gte=2).delete()
    assert chain.broken() == [f"place 2 of dealer {store.dealer_id}"]
