"""The root of a day is time-stamped by somebody else: what counts as a stamp, and what does not."""

import hashlib
import subprocess
import time
from datetime import timedelta
from threading import Event

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from dealers.models import DailyRoot, OutboxTask, StampAttempt, StampOutcome
from dealers.receipts import stamping, verify_receipt
from dealers.receipts.local_stamps import Authority
from dealers.receipts.stamp_services import LARGEST, NotStamped, checked
from dealers.tasks import close_days, stamp_root
from dealers.triggers import lifted
from dealers.verification import checks
from tests.factories.stamps import by_openssl, rooted, stamped, time_stamps

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def root():
    return rooted()


@pytest.fixture
def service(settings, tmp_path):
    with time_stamps() as running:
        use(settings, tmp_path, running)
        yield running


def use(settings, folder, running, patience=5):
    settings.PORTAL_STAMPS = running.address
    settings.PORTAL_STAMPS_CA = folder / "authority.pem"
    settings.PORTAL_STAMPS_CA.write_text(running.authority.pem)
    settings.PORTAL_STAMPS_SECONDS = float(patience)


def refused(root, match=None):
    """The try that ended without a stamp."""
    with pytest.raises(NotStamped, match=match):
        stamp_root(str(root.day))
    return StampAttempt.objects.latest("pk")


def attempt(root, outcome, answer):
    """Another try, not saved."""
    at = timezone.now()
    return StampAttempt(
        root=root, at=at, local=False, service="x", outcome=outcome, answer=answer,
        stamped_at=at if answer else None,
    )  # fmt: skip


def openssl(stamp, folder):
    """What OpenSSL says of a stamp, by the command that people are told."""
    (folder / stamp.file_name).write_bytes(stamp.answer)
    (folder / f"root-{stamp.root}.pem").write_text(stamp.certificates)
    command = stamp.command.split(" ")
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_root_is_stamped_by_the_service_and_everybody_can_check_it(root, service, tmp_path):
    before = timezone.now().replace(microsecond=0)
    stamp_root(str(root.day))

    (stamp,) = StampAttempt.objects.all()
    assert (stamp.outcome, stamp.local, stamp.root) == (StampOutcome.STAMPED, False, root)
    assert before <= stamp.stamped_at <= timezone.now()
    assert stamp.stamped_by == "Stamps of a test"
    assert "secret" not in stamp.service
    assert stamp.service.startswith("http://127.0.0.1:")
    assert DailyRoot.objects.get().line == root.line
    said = openssl(stamp, tmp_path)
    assert said.returncode == 0, said.stderr
    assert "Verification: OK" in said.stdout
    digest, moment, local = verify_receipt.named_by(bytes(stamp.answer))
    assert digest in stamp.command
    assert (moment, local) == (f"{stamp.stamped_at:%Y-%m-%dT%H:%M:%SZ}", False)


def test_a_service_that_is_none_of_ours_stamps_as_well(root, service, settings, tmp_path):
    service.answer, trusted = by_openssl(tmp_path / "tsa")
    settings.PORTAL_STAMPS_CA.write_text(trusted)

    stamp_root(str(root.day))

    stamp = StampAttempt.objects.get()
    assert stamp.stamped_by == "stamps"
    assert "Verification: OK" in openssl(stamp, tmp_path).stdout
    assert verify_receipt.named_by(bytes(stamp.answer))[0] in stamp.command
    assert verified() == (True, "")


def test_openssl_finds_a_stamp_over_something_else(root, service, tmp_path):
    stamp_root(str(root.day))
    stamp = StampAttempt.objects.get()
    stamp.root.signature = bytes([1, *bytes(63)])

    assert openssl(stamp, tmp_path).returncode != 0


def test_done_twice_it_is_asked_and_kept_once(root, service):
    stamp_root(str(root.day))
    stamp_root(str(root.day))

    assert StampAttempt.objects.count() == 1
    assert len(service.asked) == 1


def test_of_two_workers_that_asked_at_once_the_first_has_stamped_it(root, service):
    stamp_root(str(root.day))
    first = StampAttempt.objects.get()
    with pytest.raises(IntegrityError, match="one_stamp_a_root"), transaction.atomic():
        attempt(root, StampOutcome.STAMPED, b"x").save()
    late = attempt(root, StampOutcome.STAMPED, b"x")
    StampAttempt.objects.bulk_create([late], ignore_conflicts=True)
    assert bytes(StampAttempt.objects.get().answer) == bytes(first.answer)


def test_a_root_that_is_gone_or_a_service_that_was_taken_out_is_left(root, service, settings):
    stamp_root("2020-01-01")
    settings.PORTAL_STAMPS = ""
    stamp_root(str(root.day))

    assert not StampAttempt.objects.exists()
    assert service.asked == []


def test_a_service_that_is_down_is_told_and_tried_again(root, settings, tmp_path):
    with time_stamps() as running:
        use(settings, tmp_path, running)
    found = refused(root, "refused")
    assert found.outcome == StampOutcome.UNREACHABLE
    assert "Connection refused" in found.detail

    with time_stamps() as running:
        use(settings, tmp_path, running)
        stamp_root(str(root.day))

    assert [it.outcome for it in StampAttempt.objects.order_by("pk")] == [
        StampOutcome.UNREACHABLE,
        StampOutcome.STAMPED,
    ]


def test_one_that_never_answers_is_not_waited_for(root, settings, tmp_path):
    done = Event()
    with time_stamps() as running:
        use(settings, tmp_path, running, patience=0.2)
        running.answer = lambda _asked: b"x" * done.wait(20)
        begun = time.monotonic()
        assert refused(root).outcome == StampOutcome.SLOW
        assert time.monotonic() - begun < 5
        done.set()


def test_nor_is_one_that_answers_byte_by_byte(root, settings, tmp_path):
    with time_stamps() as running:
        use(settings, tmp_path, running, patience=0.3)
        running.drip = lambda: time.sleep(0.02)
        begun = time.monotonic()
        assert refused(root).outcome == StampOutcome.SLOW
        assert time.monotonic() - begun < 5


def test_an_answer_without_end_is_not_read_to_its_end(root, service):
    service.answer = lambda _asked: b"0" * (LARGEST * 20)

    found = refused(root)

    assert (found.outcome, found.detail) == ("unreadable", f"more than {LARGEST} bytes")


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_a_refusal_by_http_is_told(root, service, status):
    service.status = status

    found = refused(root)

    assert (found.outcome, found.detail) == (StampOutcome.REFUSED, f"HTTP {status}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_it_is_led_nowhere_else(root, service, status):
    with time_stamps() as elsewhere:
        service.status = status
        service.headers["Location"] = elsewhere.address
        found = refused(root)

    assert elsewhere.asked == []
    assert found.outcome == StampOutcome.REFUSED
    assert "leads elsewhere" in found.detail


NONSENSE = {
    "nothing": b"",
    "a page": b"<html><body>Welcome</body></html>",
    "torn": None,
    "granted without a stamp": bytes.fromhex("30053003020100"),
    "another number": bytes.fromhex("3006300402020100"),
    "zeros": bytes(500),
}


@pytest.mark.parametrize("sort", NONSENSE)
def test_nonsense_is_no_stamp(root, service, sort):
    given = NONSENSE[sort]
    service.answer = lambda asked: service.stamp(asked)[:-9] if given is None else given

    found = refused(root)

    assert found.outcome in {StampOutcome.UNREADABLE, StampOutcome.REFUSED}
    assert found.answer is None


def test_a_request_that_is_rejected_says_why(root, service):
    # PKIStatusInfo: rejection, "not today" in two lines
    service.answer = lambda _asked: bytes.fromhex("3012301002010230" + "0b0c09") + b"not\ntoday"

    found = refused(root)

    assert (found.outcome, found.detail) == (StampOutcome.REFUSED, "rejected, not today")


def test_a_stamp_over_another_root_is_none(root, service):
    other = b"another root".ljust(32)
    service.answer = lambda asked: service.authority.stamp(other, asked.nonce, timezone.now())

    assert refused(root).outcome == StampOutcome.OTHER_TEXT


@pytest.mark.parametrize("change", [lambda it: it ^ 1, lambda it: it >> 8, lambda _it: 0])
def test_a_stamp_for_another_request_is_none(root, service, change):
    service.answer = lambda asked: service.authority.stamp(
        asked.digest, change(asked.nonce), timezone.now()
    )

    assert refused(root).outcome == StampOutcome.OTHER_REQUEST


@pytest.mark.parametrize("nonce", [0, 1, 127, 128, 2**56 - 1, 2**63, 2**64 - 1])
def test_a_number_of_a_request_is_the_same_however_many_digits_it_has(nonce):
    now, authority = timezone.now(), Authority(since=timezone.now() - HOUR)
    answer = authority.stamp(hashlib.sha256(b"a root").digest(), nonce, now)

    assert checked(answer, b"a root", nonce, [authority.root], now).answer == answer


@pytest.mark.parametrize("by", [-HOUR, HOUR])
def test_one_that_names_another_time_is_none(root, service, by):
    service.answer = lambda asked: service.stamp(asked, timezone.now() + by)

    assert refused(root).outcome == StampOutcome.WRONG_TIME


def test_one_with_a_certificate_out_of_date_is_none(root, settings, tmp_path):
    now = timezone.now()
    with time_stamps(since=now - 90 * HOUR, until=now - HOUR) as running:
        use(settings, tmp_path, running)
        found = refused(root)

    assert (found.outcome, found.detail) == ("expired", "certificate has expired")


def test_one_of_an_authority_that_is_not_trusted_is_none(root, service, settings):
    stranger = Authority("Stamps of a test", since=timezone.now() - HOUR)
    settings.PORTAL_STAMPS_CA.write_text(stranger.pem)

    found = refused(root)

    assert found.outcome == StampOutcome.UNTRUSTED
    assert "certificate" in found.detail


def test_one_that_was_changed_on_its_way_is_none(root, service):
    def changed(asked):
        answer = service.stamp(asked)
        return answer[:-1] + bytes([answer[-1] ^ 1])

    service.answer = changed

    assert refused(root).outcome in {StampOutcome.UNTRUSTED, StampOutcome.UNREADABLE}


@pytest.mark.parametrize("content", ["", "no certificate", None])
def test_certificates_that_cannot_be_used_are_told_and_nobody_is_asked(
    root, service, settings, content
):
    if content is None:
        settings.PORTAL_STAMPS_CA.write_text(service.authority.pem * 21)
    else:
        settings.PORTAL_STAMPS_CA.write_text(content)

    assert refused(root).outcome == StampOutcome.UNUSABLE
    assert service.asked == []


def test_what_a_demo_has_instead_says_that_it_proves_nothing(root, tmp_path):
    stamp = stamped(root)

    assert stamp.local
    assert "PROVES NOTHING" in stamp.stamped_by
    assert openssl(stamp, tmp_path).returncode == 0
    assert verify_receipt.named_by(bytes(stamp.answer))[2] is True


def test_a_service_that_is_set_up_later_stamps_what_had_local_stamps(root, service, settings):
    address, settings.PORTAL_STAMPS = settings.PORTAL_STAMPS, "local"
    stamped(root)
    settings.PORTAL_STAMPS = address

    stamping.ask(timezone.now())
    stamp_root(str(root.day))

    assert OutboxTask.objects.filter(task=stamping.TASK).count() == 1
    assert not stamping.stamps_of([root])[root.pk].local


def test_it_is_asked_for_with_the_root_and_once_a_day_until_there_is_one():
    now = timezone.now()
    root = rooted()
    old = rooted(root.day - timedelta(days=20))

    close_days()
    close_days()
    assert [it.args for it in OutboxTask.objects.filter(task=stamping.TASK)] == [[str(root.day)]]
    stamping.ask(now + timedelta(days=1))
    assert OutboxTask.objects.filter(task=stamping.TASK).count() == 2
    stamped(root)
    stamping.ask(now + timedelta(days=2))
    assert OutboxTask.objects.filter(task=stamping.TASK).count() == 2
    assert not old.attempts.exists()


def test_the_task_holds_no_transaction_open_while_it_waits():
    assert stamp_root.in_steps


def test_no_service_keeps_a_worker_for_longer_than_it_may_be_given(settings):
    assert 120 < stamp_root.soft_time_limit < settings.CELERY_TASK_TIME_LIMIT


def test_nobody_changes_an_attempt_and_none_has_half_a_stamp(root):
    stamp = stamped(root)
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        StampAttempt.objects.update(detail="x")
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        stamp.delete()
    for outcome, answer in ((StampOutcome.STAMPED, None), (StampOutcome.SLOW, b"x")):
        with pytest.raises(IntegrityError, match="or_without_any"), transaction.atomic():
            attempt(root, outcome, answer).save()


def verified():
    name = "the time stamps are over the daily roots, as given"
    return next((holds, what) for said, holds, what in checks() if said == name)


def test_verify_reads_stamps_anew(root):
    stamped(root)
    assert verified() == (True, "")

    with lifted(DailyRoot):
        DailyRoot.objects.update(count=2)
    assert "other_text" in verified()[1]
    with lifted(DailyRoot, StampAttempt):
        DailyRoot.objects.update(count=1)
        stranger = Authority(since=timezone.now() - HOUR)
        StampAttempt.objects.update(certificates=stranger.pem)
    assert "untrusted" in verified()[1]


def test_health_says_that_a_stamp_is_missing(client, settings, service):
    root = rooted()
    assert "time stamp" not in client.get("/healthz").text
    with lifted(DailyRoot):
        DailyRoot.objects.update(at=timezone.now() - 7 * HOUR)

    said = client.get("/healthz")

    assert said.status_code == 200
    assert f"degraded: the daily root of {root} has no time stamp yet" in said.text
    stamp_root(str(root.day))
    assert "time stamp" not in client.get("/healthz").text
    settings.PORTAL_STAMPS = ""
    assert "time stamp" not in client.get("/healthz").text
