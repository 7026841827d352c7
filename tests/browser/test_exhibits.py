"""A photo is made smaller on the phone before it is sent."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from customers.models import CaseEvidence
from tests.customers.cases.disputed import Dispute
from tests.factories.customers import RulebookFactory

pytestmark = pytest.mark.django_db(transaction=True)


def photo() -> bytes:
    """A picture that nothing packs well, as photos are."""
    made = BytesIO()
    Image.effect_noise((3000, 1000), 60).convert("RGB").save(made, "PNG")
    return made.getvalue()


def test_a_large_photo_leaves_small_and_a_paper_as_it_is(browse, sound):
    RulebookFactory()
    now = timezone.now()
    dispute = Dispute(began=now - timedelta(days=42))
    case = dispute.open(now)
    page = browse(dispute.owner_b, width=390)
    page.goto(case.get_absolute_url())
    field = page.locator("[name=file]")
    paper = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-" + b"0" * 600_000}
    field.set_input_files(paper)
    chosen = "field => [field.files[0].type, field.files[0].size]"
    assert field.evaluate(chosen) == ["application/pdf", len(paper["buffer"])]

    large = photo()
    field.set_input_files({"name": "林美玲.png", "mimeType": "image/png", "buffer": large})
    for _moment in range(100):  # the page evaluates no text, so that it cannot be waited for there
        kind, size = field.evaluate(chosen)
        if kind == "image/jpeg":
            break
        page.wait_for_timeout(100)
    assert kind == "image/jpeg"
    assert size < len(large) / 2
    field.locator("xpath=ancestor::form").locator("button").click()

    shown = page.get_by_role("link", name="B-2")
    expect(shown).to_be_visible()
    assert CaseEvidence.objects.filter(size__gt=0).count() == 1
    sound(page)
