"""Functions that see more than whoever calls them: triggers, and calls that cross dealers."""

from typing import Any

from dealers.walls.roles import DEALER, DEFINER, HQ, LOOKER, REGION, WORKER
from dealers.walls.shadows import PATH

# The calls that cross dealers, and the one by which policies tell who works for a dealer: by whom.
# All else that runs with more rights than its caller is a trigger.
CALLS = {
    "who_owns": (DEALER, WORKER),
    "end_ownership": (DEALER, WORKER),
    "reveal_read": (HQ, WORKER),  # by a committed entry of the dealer's access log
    "of_no_dealer": (DEALER, LOOKER, REGION),
}
OF_NO_DEALER = """CREATE OR REPLACE FUNCTION of_no_dealer(person bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
SELECT count(dealer_id) FILTER (WHERE running) = 0
    AND (count(dealer_id) = 0 OR count(*) FILTER (WHERE running) > 0)
FROM (SELECT dealer_id, ends_at IS NULL OR ends_at > statement_timestamp() AS running
    FROM dealers_membership WHERE user_id = person) AS post
$$"""  # who has left a dealer is still nobody that another dealer knows

# Triggers that look at other rows see all of them: a rule is about what is true, not about what
# somebody may see. Created anew by each migration, they are handed over again after it.
LOOKING = r"""
SELECT p.oid::regprocedure::text, p.proname::text
FROM pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace
    AND NOT (p.prosecdef AND p.proowner = %(definer)s::regrole)
    AND (p.proname = ANY (%(calls)s)
        OR p.prorettype = 'trigger'::regtype AND p.proname LIKE 'pgtrigger\_%%'
        AND p.prosrc ~ '\m(FROM|JOIN|UPDATE|INTO)\s+"?(dealers|customers|training|incentives)_')
"""


def to_hand_over(cursor: Any) -> list[tuple[str, str]]:
    """The functions that look at others' rows, and do so as whoever set them off; their names."""
    cursor.execute(LOOKING, {"definer": DEFINER, "calls": list(CALLS)})
    return cursor.fetchall()


def hand_over(cursor: Any) -> None:
    """Have what looks at others' rows run as the definer, on a fixed search path."""
    functions = to_hand_over(cursor)
    if not functions:
        return
    cursor.execute(f"GRANT CREATE ON SCHEMA public TO {DEFINER}")  # which an owner there needs
    for function, name in functions:
        if name in CALLS:
            cursor.execute(
                f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC;"
                f" GRANT EXECUTE ON FUNCTION {function} TO {', '.join(CALLS[name])}"
            )
        cursor.execute(
            f"ALTER FUNCTION {function} SECURITY DEFINER SET search_path = {PATH};"
            f" ALTER FUNCTION {function} OWNER TO {DEFINER}"
        )
    cursor.execute(f"REVOKE CREATE ON SCHEMA public FROM {DEFINER}")
