"""The receipt of a statement, on its page."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from pypdf import PdfReader

from dealers.models import Fact, FactKind, Link, SignedLink
from dealers.tasks import keep_chains
from dealers.triggers import lifted
from incentives.models import Statement
from incentives.statements import files
from tests.factories.customers import RulebookFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    owned_customer,
    percent,
    published,
    sale,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def shown(store, owner, login):
    """Two months are closed; what the owner reads on the page of the first."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent("0.05", places=["own"]))
    customer = owned_customer(store)
    for month in (JANUARY, FEBRUARY):
        sale(customer, "3500.00", month.replace(day=10))
        close_period(month)
    client = login(owner)
    return lambda: client.get("/earnings/2026-01/statement/").text


def test_the_page_shows_it_once_it_is_signed(shown, owner):
    assert "portal-receipt" not in shown()

    keep_chains()

    first = Statement.objects.get(run__month=JANUARY)
    (link,) = (it for it in Link.objects.all() if first.number in it.body)
    assert link.kind == FactKind.STATEMENT
    assert SignedLink.objects.get(dealer=owner.dealer, seq=link.seq).line in shown()
    assert f"at place {link.seq} in the chain of your dealer" in shown()


def test_the_paper_bears_it_once_it_is_signed(shown):
    first, second = Statement.objects.order_by("run__month")

    before = paper_text(first)
    keep_chains()
    after = paper_text(second)

    assert "it is on the page online" in before
    assert "portal-receipt" not in before
    (link,) = (it for it in Link.objects.all() if second.number in it.body)
    line = SignedLink.objects.get(dealer=second.dealer, seq=link.seq).line
    assert line.replace(" ", "") in "".join(after.split())
    assert f"place {link.seq} of the chain" in " ".join(after.split())


def paper_text(statement):
    """What the PDF of a statement says."""
    kept = files.keep_document(statement.pk, "en", "https://portal.example")
    pages = PdfReader(BytesIO(bytes(kept.pdf))).pages
    return "\n".join(page.extract_text() for page in pages)


def test_one_that_does_not_come_is_late(shown):
    keep_chains()
    with lifted(Link, SignedLink):
        SignedLink.objects.all().delete()
        Link.objects.update(at=timezone.now() - timedelta(minutes=6))

    assert "that is late, and nothing waits for it" in shown()


def test_a_statement_from_before_there_were_chains_shows_nothing(shown):
    with lifted(Fact):
        Fact.objects.all().delete()

    assert "Proof for your own hands" not in shown()
