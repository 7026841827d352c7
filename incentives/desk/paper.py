"""A store's or dealer's report as one page of paper."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import pgettext

from dealers import months
from dealers.models import Store
from dealers.paper import drawn, issuer, qr_code, typeset
from dealers.words import NONE, count, money, percent
from incentives.boards import members, standing
from incentives.desk.cards import Card
from incentives.desk.charts import Steps
from incentives.desk.report import Report
from incentives.models import Program

# How many stores, and how many lessons a gap, there is room for: less, where it is too much.
ROOM = ((8, 2), (5, 1), (2, 1), (0, 0))
LABEL = 70  # letters of a course's title


def render(report: Report, address: str) -> tuple[bytes, int]:
    """The report as a tagged PDF of one page in the current language, and how many pages it became.

    ``address`` is that of the page that its code opens. What has no room is left out, and the
    paper says so.
    """
    most = max((len(each.lessons) for each in report.behaviour), default=0)
    # Where that leaves nothing more out, the page would be set again as it was.
    rooms = ((min(stores, len(report.stores)), min(lessons, most)) for stores, lessons in ROOM)
    for stores, lessons in dict.fromkeys(rooms):
        html = render_to_string("pdf/report.html", context(report, address, stores, lessons))
        pdf, pages = typeset(drawn(html), ["print"], variant="pdf/ua-1")
        if pages == 1:
            break
    return pdf, pages


def context(report: Report, address: str, stores: int, lessons: int) -> dict[str, Any]:
    """What the page says, in the current language, with room for so many stores and lessons."""
    member, place = report.member, report.standing
    dealer = member.dealer if isinstance(member, Store) else member
    _kind, label, _other = members.CALLED[members.unit_of(member)]
    shown, currency = report.stores[:stores], Program.current().currency
    return {
        "issuer": issuer(),
        "report": report,
        "member": member,
        "dealer": dealer,
        "is_store": member is not dealer,
        "mine_label": label,
        "month": months.name(report.month),
        "metric_name": report.metric.label,
        "kind": report.kind,
        "currency": currency,
        "standing": place,
        "me": place.me,
        "cards": [(card, _said(card, report.months, currency)) for card in report.cards],
        "steps": Steps.of(report.funnel.steps),
        "worst": report.funnel.worst,
        "behaviour": [(each.gap, each.lessons[:lessons]) for each in report.behaviour],
        "stores": shown,
        "left_out": len(report.stores) - len(shown),
        "minimum": standing.FEWEST,
        "label": LABEL,
        "address": address,
        "qr": qr_code(address),
    }


def _said(card: Card, of: Sequence[date], currency: str) -> str:
    """The months of a card in words, for who cannot see the line."""

    def value(each: Decimal | int | None) -> str:
        if each is None:
            return NONE
        if card.kind == "money":
            return money(each, currency)
        return percent(each, 1) if card.kind == "share" else count(each)

    pairs = zip(of, card.values, strict=True)
    comma = pgettext("list", ", ")
    said = comma.join(f"{months.short_name(month)} {value(each)}" for month, each in pairs)
    return card.name + pgettext("list", ": ") + said
