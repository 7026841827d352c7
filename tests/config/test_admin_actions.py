"""Actions of the admin on all rows of a search, which are more than a form may have fields."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db import connection
from django.urls import reverse

from customers.models import Rulebook
from dealers.models import Invitation, Membership, Role, User
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import DealerFactory, StoreFactory, UserFactory
from tests.factories.training import CourseFactory
from training.models import Course

pytestmark = pytest.mark.django_db

MANY = 1_100


def people(**fields):
    return User.objects.bulk_create(UserFactory.build_batch(MANY, **fields))


def posts():
    store = StoreFactory()
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    Membership.objects.bulk_create(
        Membership(
            user=user, role=Role.ASSOCIATE, store=store, dealer=store.dealer, starts_at=begun
        )
        for user in people()
    )
    # Elsewhere the server finds out by itself how many they are.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE dealers_user, dealers_membership")


def invitations(hq):
    dealer = DealerFactory()
    Invitation.objects.bulk_create(
        Invitation(
            email=f"new{number}@example.com", name="新人", role=Role.OWNER, dealer=dealer,
            invited_by=hq, expires_at=datetime.now(UTC) + timedelta(days=7),
        )
        for number in range(MANY)
    )  # fmt: skip


def rulebooks():
    draft = RulebookFactory(published_at=None)
    days = (date(2027, 1, 1) + timedelta(days=number) for number in range(MANY))
    fields = {
        each.attname: getattr(draft, each.attname)
        for each in Rulebook._meta.concrete_fields
        if not each.primary_key
    }
    Rulebook.objects.bulk_create(Rulebook(**{**fields, "starts_on": day}) for day in days)


@pytest.mark.parametrize(
    ("label", "action", "changed"),
    [
        ("dealers.user", "deactivate", {"is_active": False}),
        ("dealers.user", "reactivate", {"is_active": True}),
        ("dealers.user", "forget_second_factors", {}),
        ("dealers.membership", "end", {"ends_at__isnull": False}),
        ("dealers.membership", "let_register_again", {"reviewed_at__isnull": False}),
        ("dealers.invitation", "revoke", {"revoked_at__isnull": False}),
        ("customers.rulebook", "copy_as_draft", {"published_at__isnull": True}),
        ("training.course", "begin_version", {"versions__number": 1}),
    ],
)
def test_an_action_takes_all_rows_that_were_found(hq, login, label, action, changed):
    match label:
        case "dealers.user":
            people(is_active=action != "reactivate")
        case "dealers.membership":
            posts()
        case "dealers.invitation":
            invitations(hq)
        case "customers.rulebook":
            rulebooks()
        case "training.course":
            Course.objects.bulk_create(CourseFactory.build_batch(MANY))
    model = apps.get_model(label)
    address = reverse(f"admin:{label.replace('.', '_')}_changelist")
    office = login(hq)
    chosen = model.objects.exclude(pk=hq.pk).first().pk
    data = {"action": action, "select_across": "1", "index": "0", ACTION_CHECKBOX_NAME: chosen}

    answer = office.post(address, data)
    if answer.status_code == 200:  # it asks first
        assert len(answer.context["fields"]) < 10
        answer = office.post(address, {**dict(answer.context["fields"]), "confirmed": "yes"})

    assert answer.status_code == 302
    assert model.objects.filter(**changed).count() >= MANY
    assert LogEntry.objects.count() >= MANY
    assert len(list(get_messages(answer.wsgi_request))) <= 22


def test_the_question_is_asked_again_if_other_rows_are_found_by_now(hq, login):
    people()
    office = login(hq)
    address = reverse("admin:dealers_user_changelist")
    asked = office.post(
        address,
        {"action": "deactivate", "select_across": "1", "index": "0", ACTION_CHECKBOX_NAME: hq.pk},
    )
    UserFactory()

    again = office.post(address, {**dict(asked.context["fields"]), "confirmed": "yes"})

    assert again.status_code == 200
    assert User.objects.filter(is_active=False).count() == 0
