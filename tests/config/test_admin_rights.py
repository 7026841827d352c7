"""Who sees which pages of the admin, and who sees that they are there."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from dealers.models import User
from incentives.models import Statement
from tests.config.test_admin import MODELS, address, close_and_pay, dispute_and_adjust
from tests.factories.dealers import RegionalManagerFactory, UserFactory, member_of
from tests.factories.incentives import JANUARY

# The pack that a closing needs, by whoever sees closings.
SEEN_WITH = {"customers.exitoffer": "customers.view_closing"}


@pytest.mark.parametrize("who", ["clerk", "manager", "owner", "region_manager"])
def test_for_people_of_the_network_the_admin_does_not_exist(who, request, few, login):
    client = login(request.getfixturevalue(who))
    close_and_pay(JANUARY)
    dispute_and_adjust(UserFactory(is_staff=True))
    statement = Statement.objects.first()
    paths = ["/admin/", "/admin/login/", "/admin/logout/", "/admin/jsi18n/", "/admin/nothing/",
             "/admin/autocomplete/", "/admin/password_change/", "/admin/dealers/",
             "/admin/incentives/run/close/2026-02/",
             f"/admin/incentives/statement/{statement.pk}/pdf/zh-hans/"]  # fmt: skip
    for label in MODELS:
        row = apps.get_model(label)._default_manager.first()
        paths += [address(label, "changelist"), address(label, "add")]
        paths += [address(label, page, row.pk) for page in ("change", "history", "delete")]
    for path in paths:
        assert client.get(path).status_code == 404, path
        assert client.post(path).status_code == 404, path


def test_each_list_is_some_group_s(db):
    given = {
        f"{app}.{name}"
        for app, name in Permission.objects.filter(group__isnull=False).values_list(
            "content_type__app_label", "codename"
        )
    }
    for label in MODELS:
        app, name = label.split(".")
        assert SEEN_WITH.get(label, f"{app}.view_{name}") in given, label


@pytest.mark.parametrize("model", ["story", "sharingsession"])
def test_the_training_team_writes_stories_and_plans_sessions(model, few, login):
    member = member_of("training")
    client = login(member)
    assert client.get(f"/admin/training/{model}/add/").status_code == 200
    picked = client.get(
        "/admin/autocomplete/",
        {"app_label": "training", "model_name": "sharingsession", "field_name": "host"},
    )
    assert picked.json()["results"]


def test_visitors_sign_in_first(client, db):
    answer = client.get("/admin/dealers/region/")
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/")


@pytest.mark.parametrize("group", ["program", "incentives", "training", "adjudication", "audit",
                                   "support"])  # fmt: skip
def test_a_group_opens_its_lists_and_no_others(group, few, login):
    close_and_pay(JANUARY)
    dispute_and_adjust(UserFactory(is_staff=True))
    member = member_of(group)
    client = login(member)
    assert client.get("/admin/").status_code == 200
    for label in MODELS:
        app, name = label.split(".")
        allowed = member.has_perm(SEEN_WITH.get(label, f"{app}.view_{name}"))
        assert (client.get(address(label, "changelist")).status_code == 200) is allowed, label
        row = apps.get_model(label)._default_manager.first()
        page = client.get(address(label, "change", row.pk))
        assert (page.status_code == 200) is allowed, label
        assert allowed or page.status_code == 404


def may(group: str) -> set[str]:
    return {
        f"{app}.{codename}"
        for app, codename in Group.objects.get(name=group).permissions.values_list(
            "content_type__app_label", "codename"
        )
    }


def test_groups_do_what_they_are_for_and_no_more(db):
    assert {"customers.change_rulebook", "dealers.add_invitation", "customers.add_order"} <= may(
        "program"
    )
    assert {"incentives.add_run", "incentives.change_planversion"} <= may("incentives")
    assert "training.change_lesson" in may("training")
    assert not any(each.startswith(("customers.", "incentives.")) for each in may("training"))
    assert "dealers.change_membership" in may("adjudication")
    assert "dealers.delete_membership" not in may("adjudication")
    assert not any(each.startswith("incentives.") for each in may("adjudication"))
    assert all(".view_" in each for each in may("audit"))
    assert {"dealers.view_accesslog", "admin.view_logentry"} <= may("audit")
    assert {"customers.add_closing", "customers.add_lead", "customers.add_act"} <= may("program")
    assert "customers.add_act" in may("adjudication")
    assert "customers.add_closing" not in may("adjudication")
    # Whoever is asked for help may be shown a number, for a purpose that its dealer reads.
    shown = {"customers.reveal_customer", "customers.view_customer"}
    assert {each for each in may("support") if each.startswith("customers.")} == shown
    assert not any(each.startswith("incentives.") for each in may("support"))


@pytest.mark.parametrize("group", ["adjudication", "audit", "program"])
def test_who_sees_a_whole_sees_its_parts(group, few, login, hq):
    member = member_of(group)

    def parts(client, label):
        row = apps.get_model(label)._default_manager.first()
        page = client.get(address(label, "change", row.pk))
        return [each.opts.model for each in page.context["inline_admin_formsets"]]

    for label in ("customers.case", "customers.closing", "customers.lead", "customers.order"):
        assert parts(login(member), label) == parts(login(hq), label) != [], label


def test_who_only_looks_on_is_offered_no_decision(few, login, hq):
    close_and_pay(JANUARY)
    dispute_and_adjust(UserFactory(is_staff=True))
    auditor = member_of("audit")
    offered = {"incentives.dispute": "decide", "incentives.adjustment": "reverse"}
    for label, page in offered.items():
        row = apps.get_model(label)._default_manager.first()
        shown, decision = address(label, "change", row.pk), address(label, page, row.pk)
        assert decision in login(hq).get(shown).text
        assert decision not in login(auditor).get(shown).text
        assert login(auditor).get(decision).status_code == 404


def test_a_person_without_group_sees_no_list_and_no_figures(few, login):
    client = login(UserFactory(is_staff=True))
    page = client.get("/admin/")
    assert page.status_code == 200
    assert page.context["figures"] == page.context["waiting"] == []
    for label in MODELS:
        assert client.get(address(label, "changelist")).status_code == 404, label


@pytest.mark.parametrize("page", ["change", "history", "delete"])
def test_missing_and_forbidden_are_answered_alike(few, login, hq, page):
    nobody = login(UserFactory(is_staff=True))
    for label in MODELS:
        there = apps.get_model(label)._default_manager.values_list("pk", flat=True).first()
        if there is None:
            continue
        missing = type(there)(int=0) if hasattr(there, "hex") and not isinstance(there, int) else 0
        forbidden = nobody.get(address(label, page, there))
        answers = [forbidden, nobody.get(address(label, page, missing))]
        assert [each.status_code for each in answers] == [404, 404], label
        assert answers[0].content == answers[1].content, label
        if page != "delete":
            assert login(hq).get(address(label, page, missing)).status_code == 404, label


def test_no_address_leads_from_an_id_to_a_page_of_the_site(few, login, hq):
    kind = ContentType.objects.get_for_model(User).pk
    for client in (login(hq), login(UserFactory(is_staff=True))):
        for pk in (hq.pk, 0):
            assert client.get(f"/admin/r/{kind}/{pk}/").status_code == 404


def test_who_manages_a_region_as_well_works_in_the_admin_as_headquarters(login, hq):
    post = RegionalManagerFactory(user=hq)
    client = login(hq)
    assert client.get("/admin/admin/logentry/").status_code == 200
    assert client.get("/admin/").wsgi_request.actor.at_hq
    # And beyond it, until they choose the post again.
    assert client.get("/imports/").status_code == 200
    client.post("/me/post/", {"membership": post.pk})
    assert client.get("/me/").wsgi_request.membership == post
