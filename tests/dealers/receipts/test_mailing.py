"""The root of a day comes by mail, and what was saved from the mail is proof."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from dealers import notices
from dealers.actor import Actor
from dealers.models import (
    DailyRoot,
    Link,
    NoticeCopy,
    NoticeKind,
    OutboxTask,
    Role,
    RootPath,
    SignedLink,
)
from dealers.receipts import chain, mailing, root, signing, stamping, verify_receipt
from dealers.spreadsheets import csv_pieces
from dealers.tasks import close_days, mail_root
from dealers.triggers import lifted
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory
from tests.factories.stamps import stamped, time_stamps

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


def closed(days=1):
    """The root of today or a day after, made at noon of the day after that."""
    chain.append_waiting()
    signing.sign_waiting(timezone.now())
    made = root.close_yesterday(timezone.localtime().replace(hour=12) + timedelta(days=days))
    assert made is not None
    return made


def mails(made):
    mailing.to_owners(made, timezone.now())
    for task in OutboxTask.objects.filter(task=mailing.TASK, args__0=str(made.day)).order_by("pk"):
        mail_root(*task.args)
    return mail.outbox


def run(folder: Path) -> subprocess.CompletedProcess:
    """The program over all files of a folder, in a process of its own and away from the portal."""
    files = sorted(str(each) for each in folder.iterdir() if each.suffix != ".py")
    tool = folder / "verify_receipt.py"
    tool.write_bytes(Path(verify_receipt.__file__).read_bytes())
    command = [sys.executable, "-I", str(tool), *files]
    return subprocess.run(command, capture_output=True, check=False, cwd="/", timeout=60)


def as_chain(dealer_id: int) -> bytes:
    return b"".join(csv_pieces(chain.written(dealer_id)))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("saved", ["text", "attachment", "eml"])
def test_what_is_saved_from_the_mail_proves_the_chain(store, owner, tmp_path, saved, language):
    owner.user.language = language
    owner.user.save()
    registered(store)
    registered(StoreFactory())
    closed(1)
    registered(store)
    with lifted(Link, SignedLink):
        Link.objects.filter(seq=2).update(at=timezone.now() + timedelta(days=1))
    (message,) = mails(closed(2))
    content = {
        "text": message.body.encode(),
        "attachment": message.attachments[0].content.encode(),
        "eml": message.message().as_bytes(),
    }[saved]
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "mail").write_bytes(content)
    (folder / "chain.csv").write_bytes(as_chain(store.dealer_id))

    done = run(folder)

    assert done.returncode == verify_receipt.PROVEN, done.stdout.decode()
    assert "2 daily roots are signed" in done.stdout.decode()
    changed = as_chain(store.dealer_id).replace(b"yours", b"protected", 1)
    (folder / "chain.csv").write_bytes(changed)
    assert run(folder).returncode == verify_receipt.WRONG


def test_it_is_in_the_reader_s_language_and_names_nobody_else(store, owner, mailoutbox):
    other = StoreFactory()
    for each in (store, other):
        registered(each, name="陈女士")
    made = closed()
    (message,) = mails(made)

    assert message.to == [owner.user.email]
    assert message.subject.startswith("Daily root of")
    assert store.dealer.name in message.body
    for secret in (other.dealer.name, "陈女士", RootPath.objects.get(dealer=other.dealer).line):
        assert secret not in message.body
    assert reverse("dealers:notice-ways") in message.body
    owner.user.language = "zh-hans"
    owner.user.save()
    mailoutbox.clear()
    assert "每日摘要" in mails(made)[0].subject


def test_it_says_who_stamped_the_root_and_has_the_stamp_with_it(store, owner, settings, tmp_path):
    registered(store)
    made = closed()
    settings.PORTAL_STAMPS = "https://stamps.example.com"
    (without,) = mails(made)
    assert "Not time-stamped by anybody outside yet" in without.body
    assert [name for name, _content, _kind in without.attachments] == [f"root-{made.day}.txt"]
    settings.PORTAL_STAMPS = ""
    assert "Time-stamped by nobody outside" in mails(made)[1].body
    settings.PORTAL_STAMPS = "local"
    stamped(made)
    local = mails(made)[2]
    assert "Local stamp of a demo: proves nothing against the brand" in local.body
    with time_stamps() as service:
        settings.PORTAL_STAMPS = service.address
        settings.PORTAL_STAMPS_CA = tmp_path / "authority.pem"
        settings.PORTAL_STAMPS_CA.write_text(service.authority.pem)
        stamping.take(str(made.day), timezone.now())

    message = mails(made)[3]

    stamp = stamping.stamp_of(made.day)
    assert "the brand chose and that calls itself “Stamps of a test”" in message.body
    assert stamp.command in message.body
    given = message.attachments[1]
    assert (given[0], given[1]) == (stamp.file_name, stamp.content)
    assert "proves nothing" not in message.body
    report = verify_receipt.check({"mail": message.body.encode(), given[0]: given[1]})
    assert "1 time stamps are over roots that are here" in str(report.notes)
    assert stamp.command.split(" -in ")[0] in str(report.notes)


def test_the_receipt_in_it_alone_finds_what_was_changed(store, owner):
    registered(store)
    made = closed()
    (message,) = mails(made)

    signed = SignedLink.objects.get(dealer=store.dealer)
    for said in (message.body, message.attachments[0].content):
        assert signed.line in said
    assert "with the signed receipt of that place." in message.body
    whole = as_chain(store.dealer_id)
    alone = "\n".join([*signing.key_lines(), signed.line]).encode()
    proven = verify_receipt.check({"chain.csv": whole, "mail": alone})
    assert proven.verdict == verify_receipt.PROVEN
    changed = whole.replace(b"yours", b"protected", 1)
    found = verify_receipt.check({"chain.csv": changed, "mail": alone})
    assert found.verdict == verify_receipt.WRONG


def test_it_says_where_the_place_has_no_signed_receipt(store, owner):
    registered(store)
    made = closed()
    with lifted(SignedLink):
        SignedLink.objects.all().delete()

    (message,) = mails(made)

    assert "with the signed receipt" not in message.body
    assert "That place has no signed receipt." in message.body


def test_asked_for_twice_it_is_one_mail_a_day_and_owner(store, owner):
    registered(store)
    made = closed()
    mailing.to_owners(made, timezone.now())
    mailing.to_owners(made, timezone.now())

    (task,) = OutboxTask.objects.filter(task=mailing.TASK)
    mail_root(*task.args)
    mail_root(*task.args)

    first, again = mail.outbox
    assert first.extra_headers["Message-ID"] == again.extra_headers["Message-ID"]


def test_only_owners_of_dealers_in_the_root_get_it(store, owner):
    clerk = MembershipFactory(store=store)
    manager = MembershipFactory(store=store, role=Role.STORE_MANAGER)
    OwnerFactory()  # of a dealer without a chain
    registered(store)
    made = closed()

    assert mailing.to_owners(made, timezone.now()) == 1
    for nobody in (clerk, manager):
        mailing.mail(str(made.day), store.dealer_id, nobody.user_id, timezone.now())
    owner.ends_at = timezone.now()
    owner.save()
    mailing.mail(str(made.day), store.dealer_id, owner.user_id, timezone.now())

    assert mail.outbox == []


def test_who_switched_it_off_gets_none_even_at_the_last_moment(store, owner):
    registered(store)
    made = closed()
    assert mailing.to_owners(made, timezone.now()) == 1
    notices.choose({NoticeKind.ROOT: NoticeCopy.NONE}, by=Actor.of(owner))

    mailing.mail(str(made.day), store.dealer_id, owner.user_id, timezone.now())

    assert mail.outbox == []
    assert mailing.to_owners(made, timezone.now()) == 0


def test_it_is_chosen_as_other_notices_are_and_is_no_short_message(owner, login, settings):
    settings.PORTAL_SMS = "dealers.sms.show_in_log"
    page = login(owner).get(reverse("dealers:notice-ways")).context["form"]

    assert [way for way, _label in page.fields["root"].choices] == ["none", "mail"]
    assert "sms" in dict(page.fields["statement"].choices)


def test_it_waits_for_the_morning_and_is_put_down_with_the_root(store, owner):
    registered(store)
    chain.append_waiting()
    signing.sign_waiting(timezone.now())
    with lifted(Link, SignedLink):
        Link.objects.update(at=timezone.now() - timedelta(days=1))

    close_days()
    close_days()

    (task,) = OutboxTask.objects.filter(task=mailing.TASK)
    assert task.args == [str(DailyRoot.objects.get().day), store.dealer_id, owner.user_id]
    assert 8 <= timezone.localtime(task.due_at).hour < 21


def test_a_day_without_a_root_before_it_is_said(store, owner):
    registered(store)
    closed(1)
    (message,) = mails(closed(3))

    assert "The day before it has no root." in message.body


def test_what_looks_like_a_mail_and_is_none_is_read_as_it_is():
    torn = b"Content-Transfer-Encoding: base64\n\n!\nA\n--\nportal-key/1 00"

    report = verify_receipt.check({"torn": torn})

    assert "1 receipts or roots are incomplete" in report.wrong[0][1]
    many = b"Content-Transfer-Encoding: quoted-printable\n\n=\n--\n" * 20_000
    assert verify_receipt.check({"many": many}).verdict == verify_receipt.OPEN
