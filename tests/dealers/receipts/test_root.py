"""The root of a day: the same for everybody, and every dealer finds its own chain in it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dealers.models import DailyRoot, Dealer, Link, RootPath, SignedLink
from dealers.receipts import chain, root, signing, verify_receipt
from dealers.receipts.merkle import Head, path, tree
from dealers.receipts.signer import NotSigned, Signer
from dealers.tasks import close_days
from dealers.triggers import lifted
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import StoreFactory

DAY = timedelta(days=1)


@pytest.fixture
def dealers(db) -> list[Dealer]:
    RulebookFactory()
    stores = [StoreFactory() for _each in range(5)]
    for store in stores:
        registered(store)
    keep()
    return [store.dealer for store in stores]


def keep():
    chain.append_waiting()
    signing.sign_waiting(timezone.now())


def tomorrow(days=1):
    """Noon of a day to come, in the portal's time."""
    return timezone.localtime().replace(hour=12) + days * DAY


def proof(*more: str):
    lines = [*signing.key_lines(), *(each.line for each in DailyRoot.objects.all()), *more]
    return verify_receipt.check({"roots.txt": "\n".join(lines).encode()})


def test_every_dealer_finds_its_head_in_the_root_of_the_day(dealers):
    made = root.close_yesterday(tomorrow())

    assert made is not None
    assert (made.day, made.count) == (timezone.localdate(), 5)
    for each in RootPath.objects.all():
        report = proof(each.line)
        assert not report.wrong
        assert "1 receipts are signed" in report.notes[-1][1]
    other = RootPath.objects.first()
    other.seq += 1
    assert "is not in the root" in proof(other.line).wrong[0][1]


def test_late_or_twice_it_is_one_root_over_what_was_there_at_the_end_of_the_day(dealers):
    today = timezone.localdate()
    store = dealers[0].stores.get()
    with lifted(Link, SignedLink):
        Link.objects.filter(dealer=dealers[1]).update(at=tomorrow())
    registered(store)
    keep()
    with lifted(Link):
        Link.objects.filter(dealer=dealers[0], seq=2).update(at=tomorrow())

    made = root.close(today, tomorrow(3), Signer())

    assert root.close(today, tomorrow(3), Signer()) is None
    assert made.count == 4
    assert RootPath.objects.get(dealer=dealers[0]).seq == 1


def test_each_follows_the_one_before_and_a_skipped_day_shows(dealers):
    root.close_yesterday(tomorrow(1))
    root.close_yesterday(tomorrow(2))
    root.close_yesterday(tomorrow(4))

    report = proof()

    assert not report.wrong
    assert "No root was published on 1 days" in report.notes[0][1]
    assert root.close(timezone.localdate(), tomorrow(5), Signer()) is None


def test_a_chain_that_is_refused_stands_in_the_root_as_it_was_signed_last(dealers):
    registered(dealers[0].stores.get())
    chain.append_waiting()
    with lifted(Link):
        Link.objects.filter(dealer=dealers[0]).update(body="[]", hash=bytes(32))
    signed = SignedLink.objects.get(dealer=dealers[0])
    with lifted(Link):
        Link.objects.update(at=timezone.now() - DAY)

    with pytest.raises(NotSigned):
        close_days()

    path = RootPath.objects.get(dealer=dealers[0])
    assert (path.seq, bytes(path.hash)) == (1, bytes(signed.hash))
    assert DailyRoot.objects.get().count == 5


def test_a_root_that_was_signed_and_not_kept_is_the_same_again(dealers):
    first = root.close_yesterday(tomorrow())
    before = [each.line for each in RootPath.objects.order_by("dealer")]
    with lifted(DailyRoot, RootPath):
        RootPath.objects.all().delete()
        DailyRoot.objects.all().delete()
    registered(dealers[0].stores.get())
    keep()

    again = root.close_yesterday(tomorrow() + timedelta(hours=1))

    assert again.line == first.line
    assert [each.line for each in RootPath.objects.order_by("dealer")] == before


def test_the_signer_signs_no_root_before_its_last_nor_over_heads_it_does_not_know(dealers):
    signer = Signer()
    root.close_yesterday(tomorrow(2), signer)
    with lifted(DailyRoot, RootPath):
        RootPath.objects.all().delete()
        DailyRoot.objects.all().delete()

    with pytest.raises(NotSigned, match="none of"):
        root.close_yesterday(tomorrow(1), signer)
    made_up = [Head(dealers[0].pk, 1, bytes(32), bytes(16))]
    with pytest.raises(NotSigned, match="never signed"):
        signer.sign_root(tomorrow(9).date(), made_up, known=None, at=tomorrow(9))


@pytest.mark.django_db
def test_without_chains_there_is_no_root():
    assert root.close_yesterday(timezone.now()) is None
    assert not DailyRoot.objects.exists()


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13, 33])
def test_paths_lead_to_the_root_and_nowhere_else(count):
    leaves = [Head(n, 1, bytes(32), bytes(16)).leaf for n in range(count)]
    levels = tree(leaves)
    for position, leaf in enumerate(leaves):
        steps = path(levels, position)
        cut = [steps[n : n + 32] for n in range(0, len(steps), 32)]
        assert verify_receipt.climbed(leaf, position, count, cut) == levels[-1][0]
        for wrong in range(count):
            if wrong != position:
                assert verify_receipt.climbed(leaf, wrong, count, cut) != levels[-1][0]
