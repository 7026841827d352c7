"""Whoever writes a draft is named on it: who began it, and who changed it last."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from customers.models import DispatchTerms
from customers.ownership import editor
from dealers import publication
from dealers.actor import Actor
from tests.factories.dealers import UserFactory

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MARCH = date(2199, 3, 1)

pytestmark = pytest.mark.django_db


def begun(by, at=NOW):
    draft = DispatchTerms(name="冬季", starts_on=MARCH)
    publication.begun(draft, by=by, at=at).save()
    return draft


def test_who_begins_a_draft_has_edited_it_too():
    first, second = Actor.hq(UserFactory(is_staff=True)), Actor.hq(UserFactory(is_staff=True))
    draft = begun(first)
    assert (draft.drafted_by, draft.drafted_at) == (draft.edited_by, draft.edited_at)

    draft.save(update_fields=publication.written(draft, by=second, at=LATER))

    draft.refresh_from_db()
    assert (draft.drafted_by, draft.drafted_at) == (first.user, NOW)
    assert (draft.edited_by, draft.edited_at) == (second.user, LATER)


def test_a_command_that_nobody_asked_for_leaves_its_moment():
    draft = begun(Actor.worker("import_program"))
    assert (draft.drafted_by, draft.drafted_at) == (None, NOW)


def test_a_rulebook_of_a_file_names_who_brought_it(hq):
    said = {"name": "2199", "from": "2199-03-01"}
    rulebook = editor.create_rulebook(said, by=Actor.hq(hq), at=NOW)
    other = UserFactory(is_staff=True)

    again = editor.create_rulebook(said, by=Actor.hq(other), at=LATER)

    assert again == rulebook
    assert (again.drafted_by, again.edited_by, again.edited_at) == (hq, hq, NOW)


def test_the_pages_of_a_draft_say_who_wrote_it(login, hq):
    author = UserFactory(is_staff=True)
    draft, english = begun(Actor.hq(author)), {"headers": {"accept-language": "en"}}
    change = reverse("admin:customers_dispatchterms_change", args=[draft.pk])
    publish = reverse("admin:customers_dispatchterms_publish", args=[draft.pk])
    client = login(hq)
    for page in (change, publish):
        shown = client.get(page, **english).text
        assert f"Drafted by {author}" in shown
        assert "Last edited by" not in shown
    form = client.get(change).context["adminform"].form
    data = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}
    data |= {f"initial-{name}": data[name] for name in ("bands", "conversion_bands")}

    assert client.post(change, data).status_code == 302
    draft.refresh_from_db()
    assert draft.edited_by == author  # nothing was changed
    assert client.post(change, {**data, "hops": "2"}).status_code == 302

    draft.refresh_from_db()
    assert (draft.hops, draft.drafted_by, draft.edited_by) == (2, author, hq)
    for page in (change, publish):
        shown = client.get(page, **english).text
        assert f"Drafted by {author}" in shown
        assert f"Last edited by {hq}" in shown
