"""A certificate ends and is renewed by another one, or is revoked with the version it is about."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from dealers.actor import Actor
from dealers.models import Notice
from tests.factories.dealers import UserFactory
from tests.factories.training import MONDAY, VersionFactory, person, published, read, take
from training import authoring, certification, completion, learning, standings
from training.models import Assignment, Certificate, Enrollment, Reminder, Withdrawal
from training.readiness import readiness
from training.standings import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def passed(post, version, at=MONDAY, **how):
    enrollment = learning.enroll(post.user, version, by=Actor.of(post), at=at, **how)
    read(enrollment, at)
    take(enrollment, at)
    return enrollment


def standing(post, version, at):
    return standings.standing(post.user, post, version.course, at=at)


def is_ready(post, at):
    return readiness([post], at=at)[post.pk].complete


def test_a_certificate_is_renewed_from_thirty_days_before_its_end_by_another_one():
    post, version = person(), published()
    first = passed(post, version).certificate
    early = first.valid_until - timedelta(days=30, seconds=1)
    assert not standing(post, version, early).can_renew
    with pytest.raises(learning.LearningRefused):
        learning.enroll(post.user, version, by=Actor.of(post), at=early, renew=True)

    at = first.valid_until - timedelta(days=30)
    assert standing(post, version, at).can_renew
    again = learning.enroll(post.user, version, by=Actor.of(post), at=at, renew=True)
    assert (again.round, again.passed_at) == (2, None)
    assert learning.enroll(post.user, version, by=Actor.of(post), at=at, renew=True) == again
    running = standing(post, version, at)
    assert (running.state, running.is_certified, running.overdue) == (State.RUNNING, True, False)
    assert running.next_lesson.position == 1
    assert is_ready(post, at)

    read(again, at)
    take(again, at)
    second = Certificate.objects.get(enrollment=again)
    assert second.code != first.code
    assert second.valid_until > first.valid_until
    assert Certificate.objects.count() == 2
    now = standing(post, version, first.valid_until + timedelta(days=1))
    assert (now.state, now.certificate, now.can_renew) == (State.PASSED, second, False)
    assert is_ready(post, first.valid_until + timedelta(days=1))


def test_who_renews_is_due_when_the_certificate_ends_not_when_it_was_first_asked_for():
    post, version = person(), published()
    held = passed(post, version).certificate
    at = held.valid_until - timedelta(days=2)
    assert completion._missing(Reminder(user=post.user), at) == [
        f"{version.course.title_en}, until 18 Oct 2027"
    ]
    learning.enroll(post.user, version, by=Actor.of(post), at=at, renew=True)

    assert standing(post, version, at).due_on == held.valid_through
    assert standing(post, version, held.valid_until).overdue


def test_without_a_last_day_who_held_a_certificate_is_reminded_as_it_ends():
    version = published()
    post, newcomer = person(), person()
    Assignment.objects.update(due_days=None)
    end = passed(post, version).certificate.valid_until

    assert completion.remind_who_is_due(at=end - timedelta(days=4)) == 0
    assert completion.remind_who_is_due(at=end - timedelta(days=2)) == 1
    assert Reminder.objects.get().user == post.user
    assert completion.remind_who_is_due(at=end + timedelta(days=9)) == 1
    passed(post, version, end + timedelta(days=10), renew=True)
    assert completion.remind_who_is_due(at=end + timedelta(days=20)) == 0
    assert newcomer.user.pk not in Reminder.objects.values_list("user", flat=True)


def test_who_lets_it_end_is_not_ready_and_may_renew_the_same_version():
    post, version = person(), published()
    end = passed(post, version).certificate.valid_until
    assert is_ready(post, end - timedelta(seconds=1))
    assert not is_ready(post, end)
    late = standing(post, version, end)
    assert (late.state, late.can_renew, late.can_start) == (State.EXPIRED, True, False)
    passed(post, version, end + timedelta(days=1), renew=True)
    assert is_ready(post, end + timedelta(days=2))


def test_a_certificate_without_an_end_needs_no_renewal():
    version = VersionFactory()
    version.course.certificate_months = None
    version.course.save()
    authoring.publish(version, by=Actor.hq(UserFactory()), at=MONDAY)
    post = person()
    held = passed(post, version).certificate
    assert not held.may_be_renewed(MONDAY + timedelta(days=9999))


def test_on_the_phone_renewing_is_one_press(clerk, login):
    version = published(timezone.now() - timedelta(days=400))
    passed(clerk, version, timezone.now() - timedelta(days=360))
    client = login(clerk)
    page = reverse("training:course", args=[version.course.slug])
    assert "Renew: take the course once more" in client.get(page).text
    answer = client.post(reverse("training:start", args=[version.course.slug]))
    assert answer.url == reverse("training:lesson", args=[version.course.slug, 1])
    assert client.get(answer.url).status_code == 200
    assert Enrollment.objects.order_by("round").last().round == 2
    assert "Renew: take" not in client.get(page).text
    read(Enrollment.objects.get(round=2), timezone.now())
    assert "To the quiz" in client.get(page).text
    # The old one is still there, and valid, until the new one comes.
    old = Certificate.objects.get()
    assert old.code in client.get(reverse("training:home")).text


def withdraw(version, at=MONDAY + timedelta(days=10), reason="第三节的期限写错了"):
    return certification.withdraw(version, reason=reason, by=Actor.hq(UserFactory()), at=at)


def test_a_withdrawn_version_revokes_its_certificates_and_tells_who_took_it():
    post, other, version = person(), person(), published()
    held = passed(post, version).certificate
    learning.enroll(other.user, version, by=Actor.of(other), at=MONDAY)
    at = MONDAY + timedelta(days=10)
    assert withdraw(version, at) == 2
    held = Certificate.objects.get()
    assert held.is_valid(at - timedelta(seconds=1))
    assert not held.is_valid(at)
    assert list(Certificate.objects.valid(at - timedelta(seconds=1))) == [held]
    assert not Certificate.objects.valid(at).exists()
    facts = certification.public_facts(held.code, at=at)
    assert (facts.valid, facts.revoked_on, facts.version) == (False, at.date(), 1)
    assert certification.public_facts(held.code, at=at - timedelta(days=1)).valid
    assert set(Notice.objects.values_list("user", flat=True)) == {post.user_id, other.user_id}
    # Nothing is taught any more, so nobody has to take it.
    assert is_ready(post, at)


def test_who_took_a_withdrawn_version_reads_the_whole_reason():
    post, version = person(), published()
    learning.enroll(post.user, version, by=Actor.of(post), at=MONDAY)
    reason = "第三节的期限写错了。" * 10
    withdraw(version, reason=reason)
    assert Notice.objects.get().more == reason


def test_who_passed_a_withdrawn_version_takes_the_one_that_is_taught():
    post, version = person(), published()
    passed(post, version)
    running = person()
    learning.enroll(running.user, version, by=Actor.of(running), at=MONDAY)
    draft = authoring.new_version(version.course, by=Actor.worker("tests"), at=MONDAY)
    second = authoring.publish(draft, by=Actor.hq(UserFactory()), at=MONDAY + timedelta(days=5))
    at = MONDAY + timedelta(days=10)
    assert standing(post, version, at).state == State.PASSED
    withdraw(version, at)
    found = standing(post, version, at)
    assert (found.state, found.version, found.can_start) == (State.REVOKED, second, True)
    found = standing(running, version, at)
    assert (found.state, found.version, found.can_start) == (State.NEW, second, True)
    assert not is_ready(post, at)
    with pytest.raises(learning.LearningRefused):
        learning.enroll(
            post.user, type(version).objects.get(pk=version.pk), by=Actor.of(post), at=at
        )
    passed(post, second, at)
    assert standing(post, version, at).state == State.PASSED
    assert is_ready(post, at)


def second_of(version):
    draft = authoring.new_version(version.course, by=Actor.worker("tests"), at=MONDAY)
    return authoring.publish(draft, by=Actor.hq(UserFactory()), at=MONDAY + timedelta(days=5))


def test_where_the_newest_version_is_withdrawn_the_one_before_is_begun_and_goes_on():
    post, version = person(), published()
    second = second_of(version)
    at = MONDAY + timedelta(days=10)
    learning.enroll(post.user, second, by=Actor.of(post), at=at)
    withdraw(second, at)

    begun = learning.enroll(
        post.user, standing(post, version, at).version, by=Actor.of(post), at=at
    )

    found = standing(post, version, at)
    assert (found.state, found.version, found.enrollment) == (State.RUNNING, version, begun)


def test_what_was_passed_and_withdrawn_opens_no_other_course():
    post, version, following = person(), published(), published()
    following.course.first.add(version.course)
    passed(post, version)
    second_of(version)
    at = MONDAY + timedelta(days=10)
    assert standing(post, following, at).can_start
    withdraw(version, at)

    found = standing(post, following, at)

    assert (found.first, found.can_start) == ([version.course], False)


def test_a_revoked_certificate_hides_none_that_is_valid():
    post, version = person(), published()
    held = passed(post, version).certificate
    at = MONDAY + timedelta(days=10)
    second = second_of(version)
    passed(post, second, at)
    withdraw(second, at)

    found = standing(post, version, at)
    assert (found.state, found.certificate, found.is_revoked) == (State.PASSED, held, False)
    assert is_ready(post, at)


def test_begin_on_an_old_page_throws_no_running_course_away(clerk, login):
    version = published()
    begun = learning.enroll(clerk.user, version, by=Actor.of(clerk), at=MONDAY)
    second_of(version)

    login(clerk).post(reverse("training:start", args=[version.course.slug]))

    assert Enrollment.objects.get(user=clerk.user) == begun


def test_a_draft_a_second_time_and_without_a_reason_nothing_is_withdrawn():
    version = published()
    with pytest.raises(certification.CertificateRefused):
        withdraw(VersionFactory())
    with pytest.raises(certification.CertificateRefused):
        withdraw(version, reason="  ")
    withdraw(version)
    with pytest.raises(certification.CertificateRefused):
        withdraw(version)
    with pytest.raises(DatabaseError), transaction.atomic():
        Withdrawal.objects.update(reason="x")
    with pytest.raises(DatabaseError), transaction.atomic():
        Withdrawal.objects.all().delete()


def test_headquarters_is_told_what_follows_before_it_withdraws(hq, login, client):
    post, version = person(), published()
    held = passed(post, version, timezone.now() - timedelta(days=1)).certificate
    office = login(hq)
    page = reverse("admin:training_courseversion_withdraw", args=[version.pk])
    assert "1 valid certificate is revoked at once" in office.get(page).text
    assert "No other version is taught" in office.get(page).text
    assert office.post(page, {"reason": ""}).status_code == 422
    assert not Withdrawal.objects.exists()
    assert office.post(page, {"reason": "期限写错了"}).status_code == 302
    assert office.get(page).status_code == 404
    change = reverse("admin:training_courseversion_change", args=[version.pk])
    assert "Withdrawn: 期限写错了" in office.get(change).text
    check = client.get(reverse("training:verify", args=[held.code]))
    assert "Genuine, but revoked" in check.text
    mine = login(post).get(reverse("training:certificate", args=[held.code]))
    assert "Revoked: headquarters withdrew" in mine.text
