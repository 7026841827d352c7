"""Inviting, joining, handing over and writing a course, as a person does it in a browser."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from dealers import invitations
from dealers.actor import Actor
from dealers.models import Invitation, Membership, Role
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory
from tests.factories.training import VersionFactory, published
from training.models import Question

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_owner_invites_by_number_and_shows_the_code(owner, store, browse, sound):
    page = browse(owner, width=390, language="en")
    page.goto(reverse("dealers:staff"))
    sound(page)
    page.get_by_role("link", name="Invite", exact=True).click()
    page.get_by_text("What each role may do").click()
    sound(page)
    page.get_by_label("Name").fill("李敏")
    page.get_by_label("Mobile number or e-mail").fill("138 0013 8000")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("李敏")
    sound(page)
    assert Invitation.objects.get().phone == "+8613800138000"


def test_who_scans_confirms_the_number(owner, store, page, sound, live_server):
    page.problems = []
    invitation = invitations.invite(
        name="李敏", role=Role.ASSOCIATE, scope=store, by=Actor.of(owner),
        at=timezone.now(), site="",
    )  # fmt: skip
    page.goto(f"{live_server.url}{invitations.link(invitation, '')}")
    sound(page)
    page.locator("input[name=phone]").fill("13800138000")
    page.locator("form:has(input[name=phone]) button").click()
    expect(page.locator("input[name=code]")).to_be_visible()
    sound(page)


def test_a_manager_hands_over_ends_and_changes_posts(clerk, owner, manager, browse, sound):
    RulebookFactory()
    colleague = MembershipFactory(store=clerk.store, user__name="王浩")
    registered(clerk.store, staff=clerk.user, at=timezone.now())
    page = browse(manager, width=390, language="en")
    page.goto(reverse("customers:list") + "?view=all")
    page.get_by_role("link", name="Hand over").click()
    sound(page)
    page.get_by_label("Who follows up from now on").select_option(str(colleague.pk))
    page.get_by_role("button", name="Hand over").click()
    sound(page)
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Taken back")
    page.goto(reverse("customers:end-post", args=[clerk.pk]))
    sound(page)
    page = browse(owner, width=390, language="en")
    page.goto(reverse("customers:change-post", args=[clerk.pk]))
    sound(page)
    page.get_by_label("Store manager").check()
    page.get_by_role("button", name="Change the post").click()
    page.wait_for_url("**/staff/")
    assert Membership.objects.filter(user=clerk.user, role=Role.STORE_MANAGER).exists()


def test_who_has_learned_is_seen_by_the_region(clerk, region_manager, browse, sound):
    published(timezone.now())
    page = browse(region_manager, language="en")
    page.goto(reverse("training:home"))
    page.get_by_role("link", name="Who has learned").click()
    sound(page)
    page.get_by_role("button", name=f"Remind 1 {clerk.store}").click()
    expect(page.get_by_text("1 person is reminded.")).to_be_visible()


def test_a_course_is_written_without_numbers(hq, browse):
    version = VersionFactory()
    page = browse(hq, language="en")
    page.goto(reverse("admin:training_courseversion_change", args=[version.pk]))
    page.get_by_text("How to write headings, lists, links and pictures").first.click()
    assert page.problems == []
    page.locator(f"[name=_move][value=lesson-{version.lessons.first().pk}-down]").click()
    page.get_by_role("button", name="Save and write a question").click()
    assert page.problems == []
    page.locator("#id_text").fill("什么时候回访？")
    page.locator("#id_choices-0-text").fill("24 小时内")
    page.locator("#id_choices-0-correct").check()
    page.locator("#id_choices-1-text").fill("随便")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(f"**/courseversion/{version.pk}/change/**")
    assert Question.objects.filter(version=version, position=3).exists()
