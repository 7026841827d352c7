"""Cases of the dealer: its own side of each, what it brought, and what was decided."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.cases import evidence
from customers.exit_pack.people import CUSTOMER, PROTECTION, stores_of
from customers.models import (
    CaseEvidence,
    CaseOutcome,
    CaseRuling,
    CaseSide,
    CaseSource,
    CaseStage,
    EvidenceKind,
)
from dealers.actor import Actor
from dealers.exit_pack import exhibits
from dealers.exit_pack.network import STORE
from dealers.exit_pack.parts import CHUNK, Column, Documents, Rows, Table


def _cases(dealer_id: int, _by: Actor) -> Rows:
    stores = stores_of(dealer_id)
    found = CaseSide.objects.filter(dealer=dealer_id)
    found = found.select_related("case", "registration", "ownership")
    for each in found.order_by("case__opened_at", "pk").iterator(CHUNK):
        case, own = each.case, each.ownership
        card = own or each.registration
        yield (
            case.code, case.source, each.side, stores[each.store_id].code,
            str(card.customer_id) if card else "", each.ownership_id or "",
            each.registration.receipt if each.registration else "", case.since, case.opened_at,
            case.stage, case.evidence_until, case.decide_by, case.appeal_until, case.closed_at,
        )  # fmt: skip


def _rulings(dealer_id: int, _by: Actor) -> Rows:
    found = CaseRuling.objects.filter(case__sides__dealer=dealer_id).select_related("case")
    for each in found.order_by("at", "pk").distinct().iterator(CHUNK):
        yield (
            each.case.code, each.instance, each.outcome, each.share, each.reason,
            each.by_id is None, each.at,
        )  # fmt: skip


def _evidence(dealer_id: int) -> Any:
    return CaseEvidence.objects.filter(dealer=dealer_id).select_related("case")


def _name_of(each: CaseEvidence) -> str:
    return f"{each.case.code}-{evidence.name_of(each)}"


def _brought(dealer_id: int, _by: Actor) -> Rows:
    return exhibits.rows(_evidence(dealer_id), lambda each: (each.case.code, each.side), _name_of)


def _shown(dealer_id: int, _by: Actor) -> Iterator[tuple[str, Iterable[bytes]]]:
    return exhibits.files(_evidence(dealer_id), _name_of)


_CASE = Column("case", _("number of the case"))

TABLES = (
    Table(
        "cases",
        _("Cases about your customers: your own side"),
        (
            _CASE,
            Column("source", _("opened"), CaseSource),
            Column("side", _("your side: A has the customer, B claims them")),
            STORE,
            CUSTOMER,
            PROTECTION,
            Column("registration", _("Receipt")),
            Column("since", _("in dispute since")),
            Column("opened_at", _("opened at")),
            Column("stage", _("stage"), CaseStage),
            Column("evidence_until", _("evidence until")),
            Column("decide_by", _("decision by")),
            Column("appeal_until", _("appeal until")),
            Column("closed_at", _("closed at")),
        ),
        _cases,
        lambda dealer: CaseSide.objects.filter(dealer=dealer).count(),
    ),
    Table(
        "case_rulings",
        _("What was decided in these cases"),
        (
            _CASE,
            Column("instance", _("instance; 2: after an appeal")),
            Column("outcome", _("outcome"), CaseOutcome),
            Column("share_of_a", _("share of A")),
            Column("reason", _("reason")),
            Column("by_silence", _("nobody decided in time, so the proposal took effect")),
            Column("at", _("at")),
        ),
        _rulings,
        lambda dealer: CaseRuling.objects.filter(case__sides__dealer=dealer).distinct().count(),
    ),
    Table(
        "case_evidence",
        _("What you said and showed in these cases"),
        (
            _CASE,
            Column("side", _("side")),
            Column("number", _("number")),
            Column("kind", _("kind"), EvidenceKind),
            Column("text", _("in words")),
            Column("file", _("the file, in the folder evidence")),
            Column("by", _("by")),
            Column("at", _("at")),
        ),
        _brought,
        lambda dealer: _evidence(dealer).count(),
    ),
)

SHOWN = Documents(
    "evidence",
    _("Files that you showed in cases"),
    exhibits.AS_KEPT,
    _shown,
)
