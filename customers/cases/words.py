"""What is said about a case, seen from one of its sides or by somebody who knows neither."""

from datetime import datetime
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.cases.proposal import TOUCHED, Facts, Strength
from customers.models import Case, CaseOutcome, CaseProposal, Rule, Side
from dealers.words import local_date, percent

EVIDENCE = {
    Strength.CHOICE: gettext_lazy("the customer's own confirmed choice"),
    Strength.PAID: gettext_lazy("a paid deposit or order"),
    Strength.CODE: gettext_lazy("a redeemed visit code"),
    Strength.ACCEPTED: gettext_lazy("an accepted dispatch with contact"),
    Strength.CONTACTED: gettext_lazy("a registration with contact"),
    Strength.SCAN: gettext_lazy("a link, a scan, or a registration without contact"),
    Strength.IMPORT: gettext_lazy("a row of an imported file"),
}
OWN = {
    (CaseOutcome.KEEP, Side.A): gettext_lazy("The customer stays with you"),
    (CaseOutcome.KEEP, Side.B): gettext_lazy("The customer stays with the other side"),
    (CaseOutcome.MOVE, Side.A): gettext_lazy("The customer goes to the other side"),
    (CaseOutcome.MOVE, Side.B): gettext_lazy("The customer goes to you"),
    (CaseOutcome.SPLIT, Side.A): gettext_lazy("The customer stays with you, the money is shared"),
    (CaseOutcome.SPLIT, Side.B): gettext_lazy(
        "The customer stays with the other side, the money is shared"
    ),
    (CaseOutcome.VOID, Side.A): gettext_lazy("Your registration is void for fraud"),
    (CaseOutcome.VOID, Side.B): gettext_lazy("The other side's registration is void for fraud"),
}


def evidence(strength: int | None) -> str:
    """A kind of evidence; a dash where a side has none."""
    return "–" if strength is None else str(EVIDENCE[Strength(strength)])


def outcome(kind: str, share: Decimal | None, side: str = "") -> str:
    """A decision as its side reads it, or with A and B."""
    kind = CaseOutcome(kind)
    said = str(OWN[kind, Side(side)] if side else kind.label)
    if share is None:
        return said
    part = share if side != Side.B else 1 - share
    whose = "A" if not side else _("you")
    return _("%(outcome)s: %(part)s for %(whose)s") % {
        "outcome": said,
        "part": percent(part),
        "whose": whose,
    }


def summary(case: Case, side: str) -> str:
    """What a list says of a case: the decision, or else what it waits for. Uses its rulings."""
    ruling = max(case.rulings.all(), key=lambda it: it.instance, default=None)
    if ruling is None:
        return str(case.get_stage_display())
    return outcome(ruling.outcome, ruling.share, side)


def rules(ids: list[str]) -> list[tuple[str, str]]:
    """The rules that a proposal names, with what they say."""
    found = []
    for each in ids:
        if each == TOUCHED:
            said = _("headquarters leaves protected customers alone, or pays")
        elif each.startswith("E"):
            said = evidence(int(each[1:]))
        else:
            said = str(Rule(each).label)
        found.append((each, said))
    return found


def turn(proposal: CaseProposal, side: str = "") -> str | SafeString:
    """The fact that would turn a proposal.

    B is not told when A's protection began, before a decision or after it.
    """
    if not proposal.turns:
        return ""
    whose, strength, after, before = proposal.turns
    facts = Facts.read(proposal.facts)
    since, until = (datetime.fromisoformat(at) if at else None for at in (after, before))
    parts = {"who": _who(whose, side), "what": evidence(strength)}
    if until == facts.began and side == Side.B:
        said = _(
            "It turns if %(who)s can show this or something stronger from just before the"
            " protection began: %(what)s."
        )
        return said % parts
    if side == Side.B and since == facts.began:
        since = None
    parts["before"] = local_date(until)
    if since is None:
        said = _(
            "It turns if %(who)s can show this or something stronger from before %(before)s:"
            " %(what)s."
        )
    else:
        parts["after"] = local_date(since)
        said = _(
            "It turns if %(who)s can show this or something stronger from between %(after)s and"
            " %(before)s: %(what)s."
        )
    return format_html(_braces(said), **parts)


def _who(whose: str, side: str) -> str:
    if not side:
        return whose
    return _("you") if whose == side else _("the other side")


def _braces(said: str) -> str:
    for name in ("who", "what", "before", "after"):
        said = said.replace(f"%({name})s", f"{{{name}}}")
    return said
