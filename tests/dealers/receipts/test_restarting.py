"""After the database was put back to an earlier moment: chains go on, and never in silence."""

import os
import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from config.servers import embedded
from dealers.models import DailyRoot, Fact, Link, Restart, RootPath, SignedLink
from dealers.receipts import chain, restarting, root, signing, verify_receipt
from dealers.receipts.memory import ALLOWED, ALLOWED_FOR, Memory
from dealers.receipts.signer import NotSigned
from dealers.tasks import keep_chains
from dealers.triggers import lifted
from tests.dealers.receipts.test_signing import files
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import DealerFactory, OwnerFactory, StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory()


@pytest.fixture(autouse=True)
def allowed(signer_folder):
    """Whoever keeps the signer lets chains go on."""
    signer_folder.mkdir()
    (signer_folder / ALLOWED).touch()
    return signer_folder / ALLOWED


@pytest.fixture
def store():
    return StoreFactory()


def signed(store, count):
    for _each in range(count):
        registered(store)
    chain.append_waiting()
    return signing.sign_waiting(timezone.now())


def put_back(store, place, signed_to=None):
    """The database as it was at that place; what happened later it does not have."""
    with lifted(Fact, Link, SignedLink, Restart):
        links = Link.objects.filter(dealer=store.dealer)
        links.filter(seq__gt=place).delete()
        receipts = SignedLink.objects.filter(dealer=store.dealer)
        receipts.filter(seq__gt=place if signed_to is None else signed_to).delete()
        Restart.objects.all().delete()


def held(store, *kept):
    lines = [*signing.restart_lines(store.dealer_id), *signing.receipts_of(store.dealer_id), *kept]
    return verify_receipt.check(files(store) | {"lines": "\n".join(lines).encode()})


def test_a_chain_goes_on_once_its_loss_is_stated(store, capsys):
    signed(store, 5)
    (old, *_earlier) = signing.receipts_of(store.dealer_id)
    put_back(store, 3, signed_to=2)
    with pytest.raises(NotSigned, match="another head"):
        signed(store, 1)

    call_command("restart_chains")
    told = capsys.readouterr().out
    assert f"{store.dealer.code}: places 4 to 5, signed until" in told
    assert not Restart.objects.exists()
    call_command("restart_chains", "--confirm")
    assert signed(store, 3) == 4

    stated = Restart.objects.get()
    assert (stated.seq, stated.lost) == (3, 5)
    report = held(store, old)
    assert (report.verdict, report.until) == (verify_receipt.LOST, 7), verify_receipt.told(report)
    assert "places 4 to 5" in report.lost[0][1]
    assert chain.broken() == []
    call_command("restart_chains")
    assert "All that was signed is there" in capsys.readouterr().out


def test_the_owner_sees_it_and_takes_it_away(store, login):
    signed(store, 4)
    put_back(store, 1)
    restarting.restart(timezone.now())
    client = login(OwnerFactory(dealer=store.dealer))

    page = client.get(reverse("dealers:proof")).text

    line = Restart.objects.get().line
    assert "Places 2 to 4 of your chain had been signed" in page
    assert line in page
    for name in ("proof-receipts", "proof-paths"):
        assert line in client.get(reverse(f"dealers:{name}")).text
    other = login(OwnerFactory()).get(reverse("dealers:proof")).text
    assert "A part of your history was lost" not in other


def test_a_chain_of_which_nothing_is_left_begins_anew(store):
    signed(store, 2)
    put_back(store, 0)

    restarting.restart(timezone.now())

    assert held(store).verdict == verify_receipt.LOST  # before anything new stands there
    assert signed(store, 1) == 1
    assert held(store).verdict == verify_receipt.LOST


def test_only_what_lost_something_is_stated_and_once(store):
    other = StoreFactory()
    signed(store, 3)
    signed(other, 2)
    put_back(store, 2)

    assert [each.dealer for each in restarting.restart(timezone.now())] == [store.dealer]
    assert restarting.restart(timezone.now()) == []
    assert list(restarting.losses()) == []
    assert held(other).verdict == verify_receipt.PROVEN


def test_nothing_is_signed_while_the_statement_is_not_shown(store):
    signed(store, 3)
    put_back(store, 2)
    (stated,) = restarting.restart(timezone.now())
    put_back(store, 2)  # once more, to before the statement

    with pytest.raises(NotSigned, match="not shown to the dealer: run restart_chains"):
        signed(store, 1)

    (again,) = restarting.restart(timezone.now() + timedelta(days=1))
    assert again.line == stated.line
    assert signed(store, 0) == 1


def test_a_second_restart_states_its_own_loss(store):
    signed(store, 5)
    put_back(store, 3)
    restarting.restart(timezone.now())
    kept = list(Restart.objects.all())
    signed(store, 4)
    with lifted(Link, SignedLink):
        for table in (SignedLink, Link):
            table.objects.filter(seq__gt=2).delete()

    restarting.restart(timezone.now())

    assert [(it.seq, it.lost) for it in Restart.objects.order_by("at")] == [(3, 5), (2, 7)]
    assert Restart.objects.first() in kept
    signed(store, 1)
    assert held(store).verdict == verify_receipt.LOST


def test_a_second_statement_is_later_than_the_first_whatever_the_clock_says(store):
    signed(store, 2)
    put_back(store, 1)
    restarting.restart(timezone.now() + timedelta(days=1))
    put_back(store, 0)

    first, second = restarting.restart(timezone.now())

    assert (first.lost, second.lost) == (2, 1)
    assert first.at < second.at


def test_a_root_is_not_dated_before_what_was_lost_whatever_the_clock_says(store):
    signed(store, 2)
    (old, *_earlier) = signing.receipts_of(store.dealer_id)
    put_back(store, 1)
    restarting.restart(timezone.now() + timedelta(days=2))
    signed(store, 1)

    made = root.close_yesterday(timezone.now() + timedelta(days=1))

    assert made.at == Restart.objects.get().at
    path = RootPath.objects.get(root=made)
    report = held(store, old, made.line, path.line)
    assert report.verdict == verify_receipt.LOST, verify_receipt.told(report)


def test_a_changed_database_is_not_one_that_was_put_back(store):
    signed(store, 3)
    with lifted(Link):
        Link.objects.filter(seq=3).delete()

    with pytest.raises(CommandError, match="it was changed, not put back"):
        call_command("restart_chains", "--confirm")

    assert not Restart.objects.exists()


@pytest.mark.parametrize("when", ["never", "long ago", "ahead"])
def test_who_holds_the_portal_alone_has_nothing_lost(store, allowed, when):
    signed(store, 3)
    put_back(store, 1)
    if when == "never":
        allowed.unlink()
    else:
        away = ALLOWED_FOR / 2 if when == "ahead" else -ALLOWED_FOR - 1
        os.utime(allowed, (time.time() + away,) * 2)

    with pytest.raises(CommandError, match=f"touch {allowed}"):
        call_command("restart_chains", "--confirm")

    assert not Restart.objects.exists()
    with Memory(allowed.parent)._opened() as memory:
        assert memory.execute("SELECT count(*) FROM head").fetchone() == (3,)


def test_another_signer_says_so(store, settings, tmp_path):
    signed(store, 1)
    another = tmp_path / "of another host"
    another.mkdir()
    settings.PORTAL_SIGNER = embedded.signer_socket(another)

    with pytest.raises(CommandError, match="never signed anything"):
        call_command("restart_chains")

    assert not (another / "signer" / "key").exists()
    embedded.release(another)


def test_without_a_signer_it_says_so(store, settings, tmp_path):
    settings.PORTAL_SIGNER = str(tmp_path / "nobody.sock")

    with pytest.raises(CommandError, match="does not answer"):
        call_command("restart_chains")


def test_roots_that_were_published_come_back_as_they_were(store):
    signed(store, 2)
    first = root.close_yesterday(timezone.now() + timedelta(days=1))
    signed(store, 1)
    second = root.close_yesterday(timezone.now() + timedelta(days=2))
    lines = [first.line, second.line]
    with lifted(DailyRoot, RootPath):
        RootPath.objects.all().delete()
        DailyRoot.objects.all().delete()
    put_back(store, 2)

    restarting.restart(timezone.now())

    assert [it.line for it in DailyRoot.objects.order_by("day")] == lines
    signed(store, 1)
    third = root.close_yesterday(timezone.now() + timedelta(days=3))
    (key,) = signing.key_lines()
    report = verify_receipt.check({"roots": "\n".join([key, *lines, third.line]).encode()})
    assert not report.wrong
    assert "3 daily roots are signed" in report.notes[0][1]


def test_a_dealer_founded_since_is_named_and_its_number_is_nobodys(store, signer_folder, capsys):
    signed(store, 2)
    number = store.dealer_id + 50
    # As if another had been founded, and signed for.
    with Memory(signer_folder)._opened() as memory:
        memory.execute(
            "INSERT INTO head SELECT ?, seq, hash, words, signature FROM head", (number,)
        )

    call_command("restart_chains")
    assert f"The dealer of number {number} is not there at all" in capsys.readouterr().out
    call_command("restart_chains", "--confirm")

    assert DealerFactory().pk > number
    assert not Restart.objects.exists()


def test_roots_that_were_lost_alone_are_named_and_come_back(store, capsys):
    signed(store, 2)
    line = root.close_yesterday(timezone.now() + timedelta(days=1)).line
    with lifted(DailyRoot, RootPath):
        RootPath.objects.all().delete()
        DailyRoot.objects.all().delete()

    call_command("restart_chains")
    said = capsys.readouterr().out
    assert "Daily roots that are not there any more: 1." in said
    assert "All that was signed is there" not in said
    call_command("restart_chains", "--confirm")

    assert DailyRoot.objects.get().line == line
    call_command("restart_chains")
    assert "All that was signed is there" in capsys.readouterr().out


def test_the_signer_remembers_what_was_lost(store, signer_folder):
    signed(store, 3)
    put_back(store, 1)
    restarting.restart(timezone.now())
    keep_chains()

    with Memory(signer_folder)._opened() as memory:
        lost = memory.execute("SELECT seq FROM lost ORDER BY seq").fetchall()
        left = memory.execute("SELECT seq FROM head ORDER BY seq").fetchall()

    assert (lost, left) == ([(2,), (3,)], [(1,)])
