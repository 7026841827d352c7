"""What the pack of a dealer has of its money: see ``dealers.exit_pack``."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.exit_pack.orders import ORDER
from customers.exit_pack.people import CUSTOMER
from dealers.actor import Actor
from dealers.exit_pack import exhibits
from dealers.exit_pack.network import names
from dealers.exit_pack.parts import CHUNK, Column, Documents, Rows, Table
from dealers.models import Dealer
from incentives.disputes import showing
from incentives.earnings import adjusted, detail
from incentives.earnings.results import shares_of
from incentives.models import (
    Adjustment,
    Dispute,
    DisputeExhibit,
    DisputeExhibitKind,
    DisputeKind,
    DisputeOutcome,
    DisputeRuling,
    Payout,
    PayoutState,
    Program,
    Result,
    Reward,
    Statement,
    StatementDocument,
)
from incentives.statements import content, files

REGISTRATION, HELD = "registration", "held"


def _statements_of(dealer_id: int) -> Any:
    found = Statement.objects.filter(dealer=dealer_id).select_related("run", "dealer", "journal")
    return found.order_by("run__month", "pk")


def _statements(dealer_id: int, _by: Actor) -> Rows:
    for each in _statements_of(dealer_id).iterator(CHUNK):
        money = files.minor_units(each.currency)
        amounts = (
            each.opening, each.total, each.adjusted, each.set_off, each.payable, each.closing,
            each.clawback, each.opening_back, each.closing_back,
        )  # fmt: skip
        yield (
            each.number, each.run.month, each.currency, *map(money, amounts), each.code,
            each.issued_at,
        )  # fmt: skip


def _earnings(dealer_id: int, by: Actor) -> Rows:
    for statement in _statements_of(dealer_id).iterator(CHUNK):
        yield from _lines(statement, by)


def _lines(statement: Statement, by: Actor) -> Rows:
    """The lines of a statement, each with its reason; what is held stands last, in no sum."""
    read, dealer = content.read(statement, by=by), statement.dealer
    money = files.minor_units(statement.currency)
    kept = [(line, each.code) for each in read.held for line in each.lines]
    for line, case in [*((line, "") for line in read.lines), *kept]:
        kind = HELD if case else line.order.kind if line.order else REGISTRATION
        reason = detail.why(line, dealer, statement.run, statement.currency).sentence
        yield (
            statement.number, line.plan, line.code, line.name, line.for_month,
            line.day, kind,
            line.reference, line.order_id and str(line.order_id),
            str(line.card.customer.pk) if line.card else "", money(line.base), line.rate,
            line.share, money(line.uncapped), money(line.amount), case, reason,
        )  # fmt: skip


def _results(dealer_id: int, _by: Actor) -> Rows:
    for statement in _statements_of(dealer_id).iterator(CHUNK):
        money = files.minor_units(statement.currency)
        for share in shares_of(statement.run, statement.dealer):
            why = share.explain(statement.currency)
            steps = "; ".join(
                " ".join(filter(None, [step.operator, step.name, step.value, step.note]))
                for step in why.steps
            )
            yield (
                statement.number, share.plan, share.code, share.name, share.for_month, share.count,
                _exact(share.base, money(share.base)),
                *map(money, (share.returned, share.uncapped, share.amount)),
                why.sentence, steps,
            )  # fmt: skip


def _exact(amount: Decimal, written: Decimal | None) -> Decimal | None:
    """An amount as it is written, where that is all of it: the chain tells of all of it."""
    return written if amount == written else amount


def _months(rows: Any) -> Iterable[Any]:
    return rows.values_list("month", flat=True)


def _adjustments(dealer_id: int, _by: Actor) -> Rows:
    """Also rewards of boards. Those in the books of a month that is open have no statement yet."""
    dealer, currency = Dealer.objects.get(pk=dealer_id), Program.current().currency
    said = {each.run.month: (each.number, each.currency) for each in _statements_of(dealer_id)}
    given: Any = Adjustment.objects.filter(dealer=dealer_id).booked()
    rewards: Any = Reward.objects.filter(dealer=dealer_id, person=None).booked()
    months = sorted({month for rows in (given, rewards) for month in _months(rows)})
    for month, booked in adjusted.of_months(dealer, months).items():
        number, of = said.get(month, ("", currency))
        money = files.minor_units(of)
        for each in booked:
            yield (
                each.code, number, money(each.amount), each.reason, each.booked_at,
                each.reverses, each.follows, each.case, each.dispute.code if each.dispute else "",
            )  # fmt: skip


def _payouts(dealer_id: int, _by: Actor) -> Rows:
    found = Payout.objects.filter(dealer=dealer_id).select_related("statement", "batch")
    for each in found.order_by("batch__made_at", "pk").iterator(CHUNK):
        money = files.minor_units(each.batch.currency)
        yield (
            each.reference, each.statement.number, money(each.amount), each.batch.currency,
            each.state, each.batch.made_at, each.bank_on, each.reason, each.answered_at,
        )  # fmt: skip


def _disputes(dealer_id: int, _by: Actor) -> Rows:
    called = names()
    found = Dispute.objects.filter(dealer=dealer_id)
    found = found.select_related("statement", "line__order", "line__registration")
    for each in found.order_by("opened_at", "pk").iterator(CHUNK):
        money, line = files.minor_units(each.statement.currency), each.line
        yield (
            each.code, each.statement.number, str(line.order or line.registration or ""),
            money(line.amount), each.kind, money(each.expected), each.opened_at,
            called.get(each.by_id, ""), each.acknowledge_by, each.decide_by,
        )  # fmt: skip


def _rulings(dealer_id: int, _by: Actor) -> Rows:
    found = DisputeRuling.objects.filter(dispute__dealer=dealer_id).select_related(
        "dispute__statement", "adjustment"
    )
    for each in found.order_by("at", "pk").iterator(CHUNK):
        money = files.minor_units(each.dispute.statement.currency)
        given = each.adjustment
        code, amount = (given.code, given.amount) if given else ("", None)
        yield (
            each.dispute.code, each.instance, each.outcome, each.reason, code, money(amount),
            money(each.withheld), each.at,
        )  # fmt: skip


def _exhibits(dealer_id: int) -> Any:
    return DisputeExhibit.objects.filter(dealer=dealer_id).select_related("dispute")


def _name_of(shown: DisputeExhibit) -> str:
    return showing.name_of(shown, shown.dispute)


def _said(dealer_id: int, _by: Actor) -> Rows:
    return exhibits.rows(_exhibits(dealer_id), lambda each: (each.dispute.code,), _name_of)


def _shown(dealer_id: int, _by: Actor) -> Iterator[tuple[str, Iterable[bytes]]]:
    return exhibits.files(_exhibits(dealer_id), _name_of)


def _papers(dealer_id: int, _by: Actor) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Each statement as the CSV whose hash is on its paper, and the papers that were made."""
    for statement in _statements_of(dealer_id).iterator(CHUNK):
        yield f"{statement.number}.csv", [files.statement_csv(statement)]
        for paper in statement.documents.order_by("language").iterator(1):
            yield _called(statement, paper), [bytes(paper.pdf)]


def _called(statement: Statement, paper: StatementDocument) -> str:
    return f"{statement.number}.{paper.language}.pdf"


def _papers_of(dealer_id: int, _by: Actor) -> Rows:
    found = StatementDocument.objects.filter(statement__dealer=dealer_id).defer("pdf")
    for each in found.select_related("statement").order_by("made_at", "pk").iterator(CHUNK):
        yield (
            each.statement.number, each.language, _called(each.statement, each), each.pages,
            each.sha256, each.made_at,
        )  # fmt: skip


def _count_lines(dealer_id: int) -> int:
    found = Result.objects.filter(dealer=dealer_id).aggregate(lines=Sum("count"))
    return found["lines"] or 0


STATEMENT = Column("statement", _("number of the statement"))
PLAN = Column("plan", _("code of the plan"))
COMPONENT = Column("component", _("code of the component"))
NAME = Column("name", pgettext_lazy("of a thing", "name"))
FOR_MONTH = Column("for_month", _("for month"))
CURRENCY = Column("currency", _("currency"))
REASON = Column("reason", _("reason"))
DISPUTE = Column("dispute", _("number of the dispute"))

TABLES = (
    Table(
        "statements",
        _("Your statements"),
        (
            STATEMENT,
            Column("month", _("month")),
            CURRENCY,
            Column("carried_over", _("carried over")),
            Column("total", _("total of the month")),
            Column("adjusted", _("adjustments in it")),
            Column("never_paid", _("never paid, so not taken off")),
            Column("payable", _("to be paid")),
            Column("carried_forward", _("carried forward")),
            Column("clawback", _("taken back of what was paid")),
            Column("carried_over_back", _("carried over of what was paid")),
            Column("carried_forward_back", _("carried forward of what was paid")),
            Column("code", _("verification code")),
            Column("issued_at", pgettext_lazy("of a statement", "issued at")),
        ),
        _statements,
        lambda dealer: _statements_of(dealer).count(),
    ),
    Table(
        "earnings",
        _("Each line that you earned, and why"),
        (
            STATEMENT,
            PLAN,
            COMPONENT,
            NAME,
            FOR_MONTH,
            Column("day", _("day that it counts on")),
            Column("kind", _("sale, return, registration, or held while a case is open")),
            Column("reference", _("number of the order or receipt of the registration")),
            ORDER,
            CUSTOMER,
            Column("base", pgettext_lazy("of an amount", "Base")),
            Column("rate", _("Rate")),
            Column("share", _("share, 1 is all of it")),
            Column("before_cap", _("before the cap")),
            Column("amount", _("amount; empty: the month is paid as a whole, see results")),
            Column("case", _("number of the case that holds it")),
            Column("why", _("why, in words")),
        ),
        _earnings,
        _count_lines,
    ),
    Table(
        "results",
        _("What each component of a plan gave in a month, and how it was computed"),
        (
            STATEMENT,
            PLAN,
            COMPONENT,
            NAME,
            FOR_MONTH,
            Column("lines", _("lines")),
            Column("base", pgettext_lazy("of an amount", "Base")),
            Column("returned", _("returned")),
            Column("before_cap", _("before the cap")),
            Column("amount", _("amount")),
            Column("why", _("why, in words")),
            Column("steps", _("the calculation, step by step")),
        ),
        _results,
        lambda dealer: Result.objects.filter(dealer=dealer).count(),
    ),
    Table(
        "adjustments",
        _("What people added or took off"),
        (
            Column("adjustment", _("number of the adjustment")),
            STATEMENT,
            Column("amount", _("amount")),
            REASON,
            Column("booked_at", _("booked at")),
            Column("takes_back", _("number of the adjustment that it takes back")),
            Column("follows", _("number of the adjustment of which it is a part")),
            Column("case", _("number of the case")),
            DISPUTE,
        ),
        _adjustments,
        lambda dealer: Adjustment.objects.filter(dealer=dealer).count(),
    ),
    Table(
        "payouts",
        _("Payments to you"),
        (
            Column("payment", _("payment reference")),
            STATEMENT,
            Column("amount", _("amount")),
            CURRENCY,
            Column("state", _("state"), PayoutState),
            Column("made_at", _("made at")),
            Column("bank_on", _("paid or refused on, as the bank says")),
            REASON,
            Column("answered_at", _("answer read at")),
        ),
        _payouts,
        lambda dealer: Payout.objects.filter(dealer=dealer).count(),
    ),
    Table(
        "disputes",
        _("Your disputes about amounts"),
        (
            DISPUTE,
            STATEMENT,
            Column("reference", _("number of the order or receipt of the registration")),
            Column("amount", _("amount")),
            Column("kind", _("what is wrong"), DisputeKind),
            Column("expected", _("should be")),
            Column("opened_at", _("opened at")),
            Column("by", _("opened by")),
            Column("acknowledge_by", _("to be looked at by")),
            Column("decide_by", _("to be decided by")),
        ),
        _disputes,
        lambda dealer: Dispute.objects.filter(dealer=dealer).count(),
    ),
    Table(
        "dispute_rulings",
        _("What was decided about them"),
        (
            DISPUTE,
            Column("instance", _("instance; 2: after an appeal")),
            Column("outcome", _("decision"), DisputeOutcome),
            REASON,
            Column("adjustment", _("number of the adjustment")),
            Column("amount", _("amount")),
            Column("never_paid", _("never paid")),
            Column("at", _("at")),
        ),
        _rulings,
        lambda dealer: DisputeRuling.objects.filter(dispute__dealer=dealer).count(),
    ),
    Table(
        "dispute_evidence",
        _("What you said and showed in disputes"),
        (
            DISPUTE,
            Column("number", _("number")),
            Column("kind", _("kind"), DisputeExhibitKind),
            Column("text", _("in words")),
            Column("file", _("the file, in the folder dispute_files")),
            Column("by", _("by")),
            Column("at", _("at")),
        ),
        _said,
        lambda dealer: _exhibits(dealer).count(),
    ),
    Table(
        "statement_papers",
        _("The papers of your statements and their SHA-256, which stands in your chain too"),
        (
            STATEMENT,
            Column("language", _("language")),
            Column("file", _("the file, in the folder statement_files")),
            Column("pages", _("pages")),
            Column("sha256", "SHA-256"),
            Column("made_at", _("made at")),
        ),
        _papers_of,
        lambda dealer: StatementDocument.objects.filter(statement__dealer=dealer).count(),
    ),
)

DOCUMENTS = (
    Documents(
        "statement_files",
        _("Your statements as they were issued"),
        _(
            "Each as the CSV whose SHA-256 is on its paper, and every paper that was made. One that"
            " nobody has asked for yet is not there."
        ),
        _papers,
    ),
    Documents(
        "dispute_files",
        _("Files that you showed in disputes"),
        exhibits.AS_KEPT,
        _shown,
    ),
)
