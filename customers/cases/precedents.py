"""Closed cases without anybody in them, which later proposals cite and everybody can search."""

from datetime import datetime

from customers.cases.proposal import Facts, Proposal
from customers.models import Case, CaseProposal, CaseRuling, Precedent, Side
from dealers.months import first_day, hq_day

CITED = 3


def keep(case: Case, proposal: CaseProposal, ruling: CaseRuling, at: datetime) -> None:
    """Keep what a case teaches, once it is closed. To be called as the worker."""
    facts = Facts.read(proposal.facts)
    a, b = facts.strongest(Side.A), facts.strongest(Side.B)
    day = hq_day(at)
    Precedent.objects.create(
        code=case.code,
        month=first_day(day),
        source=case.source,
        outcome=ruling.outcome,
        share=ruling.share,
        rules=proposal.rules,
        evidence_a=a and a.strength,
        evidence_b=b and b.strength,
        as_proposed=(ruling.outcome, ruling.share) == (proposal.outcome, proposal.share),
        by_silence=ruling.by_id is None,
        appealed=ruling.instance > 1,
    )


def similar(facts: Facts, proposed: Proposal) -> list[str]:
    """The numbers of the cases most like this one: by their rules, then by evidence, the newest."""
    a, b = facts.strongest(Side.A), facts.strongest(Side.B)
    evidence = (a and int(a.strength), b and int(b.strength))
    known = Precedent.objects.filter(rules=list(proposed.rules)).order_by("-month", "code")[:50]
    ranked = sorted(known, key=lambda it: (it.evidence_a, it.evidence_b) != evidence)
    return [each.code for each in ranked[:CITED]]
