"""Which facts count for which component, and for whom.

A return's place and people are those of its sale. Where shares count, a seller is who has one: an
owner who sells has it all as the owner. A closed gate is named here, and applied by its
own stage.
"""

from incentives.engine.registry import RETURN
from incentives.engine.stage import Stage

# What a fact ``f`` has to be so that a component ``c`` counts it, under the code of why it does not
# (``registry.LEFT_OUT``): the first one that is not true is why.
CONDITIONS = {
    "not_in_force": "anchor.day >= c.starts_on AND (c.ends_on IS NULL OR anchor.day < c.ends_on)",
    "for_another": "who.beneficiary IS NOT NULL",
    "elsewhere": """(c.only_sold_by IS NULL OR c.only_sold_by = f.sold_by)
        AND (c.places IS NULL OR f.sold_by = ANY (c.places))""",
    "all_the_owners": "NOT (c.to_seller AND c.by_share AND f.owner_share = 1)",
    "first_sale": """(NOT c.only_repeat OR f.customer IS NOT NULL AND EXISTS (
        SELECT FROM engine_fact e
        WHERE e.kind = 'sale' AND e.net > 0 AND e.customer = f.customer
        AND e.closing <= f.closing AND (e.at, e.external_id) < (f.at, f.external_id)))""",
    "filtered": """(NOT c.filtered OR NOT EXISTS (
        SELECT FROM engine_filter n WHERE n.component_id = c.id GROUP BY n.name
        HAVING NOT coalesce(bool_or(n.value = CASE n.name
            WHEN 'category' THEN f.category WHEN 'level' THEN f.level
            WHEN 'dealer' THEN f.dealer::text WHEN 'store' THEN f.store::text
            WHEN 'staff' THEN f.staff::text WHEN 'region' THEN f.region::text
            WHEN 'source' THEN f.source END), false)))""",
}

# A fact with a component that is about its kind: the day whose terms count, and whom it is for.
_PAIRS = """f JOIN engine_component c ON c.fact = f.kind
    CROSS JOIN LATERAL (
        SELECT CASE WHEN c.by_anchor AND f.owned_on >= c.began_on THEN f.owned_on ELSE f.day END
            AS day
    ) anchor
    CROSS JOIN LATERAL (
        SELECT CASE c.audience WHEN 'staff' THEN f.staff WHEN 'region' THEN f.region
            ELSE CASE WHEN NOT c.to_seller OR f.sold_by IN ('own', 'sister') THEN f.dealer
                ELSE f.seller END
        END AS beneficiary
    ) who"""

# What counts as a fact: a return with the place and people of its sale.
FACTS = """sold AS (
    SELECT DISTINCT ON (external_id) external_id, dealer, store, staff, region, level, sold_by,
        owner_share, owned_on, seller, customer, source, agreement_signed, data_complete,
        certified, agreement_from
    FROM engine_fact
    WHERE kind = 'sale' AND EXISTS (SELECT FROM engine_component WHERE fact = 'return')
    ORDER BY external_id, line
),
facts AS (
    SELECT f.line, f.lines, f.kind, f.external_id, f.at, f.day, f.month, f.closing, f.known, f.back,
        s.dealer, s.store, s.staff, s.region, s.level, s.sold_by, f.category, f.quantity, f.net,
        f.margin, s.owner_share, s.owned_on, s.seller, s.customer, s.source, s.agreement_signed,
        s.data_complete, s.certified, s.agreement_from
    FROM engine_fact f JOIN sold s ON s.external_id = f.returns
    WHERE f.kind = 'return'
    UNION ALL
    SELECT line, lines, kind, external_id, at, day, month, closing, known, back, dealer, store,
        staff, region, level, sold_by, category, quantity, net, margin, owner_share, owned_on,
        seller, customer, source, agreement_signed, data_complete, certified, agreement_from
    FROM engine_fact WHERE kind <> 'return'
)"""


def _counting(facts: str) -> str:
    """The query for what components count of facts."""
    return f"""
SELECT c.id AS component_id, f.line, f.lines, f.external_id AS event, f.at, f.day, f.month,
    CASE c.months WHEN 1 THEN f.month ELSE (f.month - make_interval(months =>
        (extract(month FROM f.month)::int - 1) %% c.months))::date END AS period,
    f.closing, f.known, f.back, who.beneficiary,
    f.owner_share, f.level, f.category, f.region, f.quantity, f.net, f.margin,
    f.day - f.owned_on AS age,
    CASE WHEN c.gated THEN (
        SELECT g.gate FROM engine_gate g WHERE g.component_id = c.id
        AND NOT CASE g.gate WHEN 'agreement_signed' THEN f.agreement_signed
                AND coalesce(f.agreement_from >= c.agreement_from, c.agreement_from IS NULL)
            WHEN 'data_complete' THEN f.data_complete
            WHEN 'certified' THEN f.certified OR EXISTS (SELECT FROM engine_fact t
                WHERE t.kind = 'certificate' AND t.at <= f.at AND t.closing <= f.closing
                AND CASE c.audience WHEN 'staff' THEN t.staff = f.staff
                    ELSE t.dealer = f.dealer END)
            ELSE false END
        ORDER BY g.position LIMIT 1) END AS closed_gate
FROM {facts} {_PAIRS}
WHERE {" AND ".join(CONDITIONS.values())}
"""


EVENTS = Stage(
    "engine_event",
    {
        "component_id": "the component that the line counts for",
        "line": "the fact's",
        "lines": "how many lines the fact's event has",
        "event": "external_id of the fact",
        "at": "moment of the event",
        "day": "local day of the event",
        "month": "first day of the month that the event counts in",
        "period": "first day of the component's window around the event",
        "closing": "first day of the month that books it",
        "known": "whether it was booked by an earlier closing",
        "back": "whether it takes away what the same event brought",
        "beneficiary": "code of a dealer, person or region",
        "owner_share": "of a sale",
        "level": "the fact's",
        "category": "the fact's",
        "region": "the fact's",
        "quantity": "the fact's",
        "net": "the fact's",
        "margin": "the fact's",
        "age": "days since the ownership began",
        "closed_gate": "the first gate that is closed",
    },
    f"WITH {FACTS}{_counting('facts')}",
    asked=lambda component: component.values["fact"] == RETURN,
    otherwise=_counting("engine_fact"),
)

LEFT_OUT = Stage(
    "engine_left_out",
    {
        "component_id": "the component",
        "event": "external_id of the fact",
        "left_out": "code of why the component does not count the fact; none where it does",
    },
    f"""
WITH {FACTS}
SELECT c.id AS component_id, f.external_id AS event, CASE
    {" ".join(f"WHEN ({true}) IS NOT TRUE THEN '{code}'" for code, true in CONDITIONS.items())}
    END AS left_out
FROM facts {_PAIRS}
""",
)
