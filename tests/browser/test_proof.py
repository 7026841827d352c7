"""What an owner holds against the brand, on each of its screens: as owner and as headquarters."""

import os
from datetime import UTC, date, datetime, timedelta
from itertools import product
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from customers import cards
from dealers import access, forbidden, sayings, scorecard
from dealers.actor import Actor
from dealers.agreements import signing
from dealers.exit_pack import asking as packs
from dealers.models import (
    AccessAction,
    AccessLog,
    ForbiddenAct,
    Level,
    Score,
    ScoreLength,
)
from dealers.months import add_months, first_day, hq_day
from dealers.receipts import root
from dealers.scorecard import Counted
from dealers.tasks import keep_chains, write_agreement, write_exit_pack
from incentives import scorecard as figures
from incentives.if_shared import asking
from tests.browser.hands import picture
from tests.factories.agreements import WORDS, draft, published, signed
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import UserFactory, shared
from tests.factories.incentives import JANUARY, close_period, owned_customer, percent, sale
from tests.factories.incentives import published as plan
from tests.factories.stamps import stamped

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = date(2025, 1, 1)
SCREENS = [("zh-hans", "light", 390), ("en", "dark", 1280)]
if os.environ.get("ALL_SCREENS"):  # each language in each theme at each width
    SCREENS = list(product(("zh-hans", "en"), ("light", "dark"), (390, 1280)))


@pytest.fixture
def hq():
    return UserFactory(is_staff=True, is_superuser=True, name="赵宁")


@pytest.fixture
def held(store, owner, hq):
    """A dealer of which each of the screens has something to tell."""
    RulebookFactory(starts_on=LONG_AGO, published_at=datetime(2025, 1, 1, tzinfo=UTC))
    plan(percent("0.03", places=["own"]))
    sale(owned_customer(store), "3980.00", date(2026, 1, 5))
    close_period(JANUARY)
    now, by = timezone.now(), Actor.hq(hq)
    customer = registered(store, name="陈女士", at=now)
    shared(store.dealer, Level.MASKED)
    cards.open([customer.customer], by=by, purpose="回访")
    access.note(
        AccessAction.REVEAL, by=by, dealer_id=store.dealer_id, customer=customer.customer_id,
        fields="phone", purpose="service", at=now,
    )  # fmt: skip
    forbidden.note(ForbiddenAct.SHARE, sayings.kept(forbidden.CHANGED), by=by, at=now)
    answer = signed(published(), owner)
    write_agreement(answer.pk, "https://portal.example")
    newer = WORDS | {"text": WORDS["text"].replace("90", "120")}
    published("2026-11", signing.today(now) + timedelta(days=30), **newer)
    trial = asking.ask(by=Actor.of(owner), at=now)
    asking.find(trial.pk, now)
    pack = packs.ask(by=Actor.of(owner), at=now)
    keep_chains()
    write_exit_pack(str(pack.pk))
    made = root.close_yesterday(now + timedelta(days=1))
    stamped(made)
    _score(add_months(first_day(hq_day(now)), -1))
    figures.keep(now + timedelta(days=1))
    look = AccessLog.objects.filter(action=AccessAction.REVEAL).latest("pk")
    return SimpleNamespace(customer=customer, agreed=answer.version_id, look=look.pk)


def _score(month):
    """Of a month that is over more was told on an earlier night."""
    for day, found in ((1, Counted(7, 90, 9)), (27, Counted(0, 6, 5))):
        until = month + timedelta(days=day)
        scorecard.figure(Score.LEADS_JUNK, ScoreLength.MONTH, month, until, found).save()


def _public():
    return {name: reverse(f"dealers:{name}") for name in ("scorecard", "roots", "verify")}


def _owners(held):
    """The addresses that an owner opens, by the names of their pictures."""
    return {
        "agreement": "/agreement/",
        "agreement-signed": reverse("dealers:agreement-version", args=[held.agreed]),
        "receipt": held.customer.get_absolute_url(),
        "look": reverse("customers:look", args=[held.look]),
        "access": "/access/",
        "statement": "/earnings/2026-01/statement/",
        "proof": "/proof/",
        "sharing": "/sharing/",
        "if-shared": "/earnings/if-shared/",
        "given": "/earnings/given/",
        "given-customers": "/earnings/given/customers/",
        "exit-pack": "/exit-pack/",
        **_public(),
    }


def _headquarters(held):
    """The same of headquarters, which writes the agreement and offers packs."""
    lists = (
        "dealers_agreementversion dealers_agreementanswer dealers_accesslog dealers_stampattempt"
        " dealers_sharing dealers_emergency customers_exitoffer customers_closing"
    )
    found = {each: reverse(f"admin:{each}_changelist") for each in lists.split()}
    waiting = draft("2027-03", signing.today(timezone.now()) + timedelta(days=90))
    return {
        "admin": "/admin/",
        **found,
        "agreement-of-hq": reverse("admin:dealers_agreementversion_change", args=[held.agreed]),
        "agreement-draft": reverse("admin:dealers_agreementversion_publish", args=[waiting.pk]),
        "offer-pack": reverse("admin:customers_exitoffer_add"),
        "close-dealer": reverse("admin:customers_closing_add"),
        "reveal": reverse("admin:customers_customer_reveal", args=[held.customer.customer_id]),
        **_public(),
    }


OPENED = "document.querySelectorAll('main details').forEach(each => { each.open = true })"


@pytest.mark.parametrize(("language", "theme", "width"), SCREENS)
@pytest.mark.parametrize("screens", [_owners, _headquarters])
def test_each_screen_of_the_proof_is_sound(  # noqa: PLR0917
    browse, owner, hq, held, sound, screens, language, theme, width
):
    page = browse(owner if screens is _owners else hq, width=width, theme=theme, language=language)
    for name, address in screens(held).items():
        answer = page.goto(address)
        assert answer.status == 200, address
        page.evaluate(OPENED)
        sound(page)
        picture(page, f"{name}-{language}-{theme}-{width}")
