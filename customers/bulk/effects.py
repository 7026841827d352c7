"""What a load does, counted from its temporary tables before it is stored."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Answer, given_sql
from dealers.access import NAMED
from dealers.models import Dealer


def sentences(dealer: Dealer | None, *, stored: bool, at: datetime) -> list[str]:
    """Whose ownerships begin, end and go on longer by what was answered.

    To a ``dealer`` only what its own people know anyway: before a registration is made, nobody
    learns of a number whether another dealer has it.
    """
    if dealer is None:
        return [*_moved(), *_answers()]
    known, _some = _own(dealer, at)
    told = []
    if known:
        words = ngettext(
            "%(count)d customer of these is yours already.",
            "%(count)d customers of these are yours already.",
            known,
        )
        told.append(words % {"count": known})
    if stored:
        return [*told, *_answers()]
    return [
        *told,
        _(
            "Whom nobody has becomes yours; whom another dealer protects stays there, and nothing"
            " is taken away. How many that is shows once the rows are imported."
        ),
    ]


def known(dealer: Dealer | None, *, at: datetime) -> list[tuple[int, int, list[UUID]]]:
    """Whose customers are in a load, as the sentences tell: the dealer, how many, and some.

    Of a ``dealer``'s file it is the dealer, also where none of them is its own.
    """
    if dealer is not None:
        return [(dealer.pk, *_own(dealer, at))]
    return [(other, count, list(some)) for other, count, some in _rows(LAST)]


def _own(dealer: Dealer, at: datetime) -> tuple[int, list[UUID]]:
    """How many people of a load are customers of the dealer, and the cards of some."""
    ((count, some),) = _rows(OWN, {"dealer": dealer.pk, "at": at})
    return count, list(some or ())


def _moved() -> list[str]:
    found = []
    for old, new, count in _rows(MOVED):
        words: dict[str, Any] = {"old": old, "new": new, "count": count}
        if old and new:
            text = ngettext(
                "%(count)d customer goes from %(old)s to %(new)s.",
                "%(count)d customers go from %(old)s to %(new)s.",
                count,
            )
        elif new:
            text = ngettext(
                "%(count)d customer becomes one of %(new)s.",
                "%(count)d customers become those of %(new)s.",
                count,
            )
        else:
            text = ngettext(
                "%(count)d protection of %(old)s lasts longer.",
                "%(count)d protections of %(old)s last longer.",
                count,
            )
        found.append(text % words)
    return found


def _answers() -> list[str]:
    return [
        _("Registrations answered “%(answer)s”: %(count)d.")
        % {"answer": Answer(answer).label, "count": count}
        for answer, count in _rows(ANSWERS)
    ]


def _rows(statement: str, values: dict[str, Any] | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


OWN = f"""
SELECT count(*), (array_agg(customer_id))[1:{NAMED}]
FROM (
    SELECT DISTINCT o.customer_id
    FROM customers_ownership AS o JOIN known_person AS p USING (identity_id)
    WHERE o.dealer_id = %(dealer)s AND o.period @> %(at)s AND p.person IN (
        SELECT person FROM staged_registration UNION SELECT person FROM staged_order)
) AS own
"""  # noqa: S608 -- put together from our own text
# By the dealer that a person's last ownership on file is with.
LAST = f"""
SELECT dealer_id, count(*), (array_agg(customer_id))[1:{NAMED}]
FROM (
    SELECT DISTINCT ON (p.person) o.dealer_id, o.customer_id
    FROM customers_ownership AS o JOIN known_person AS p USING (identity_id)
    WHERE {given_sql("o")}
    ORDER BY p.person, lower(o.period) DESC
) AS last
GROUP BY dealer_id ORDER BY dealer_id
"""  # noqa: S608 -- put together from our own text
# The dealer that a person's last ownership was with, on file and after the load.
MOVED = f"""
WITH after AS (
    SELECT DISTINCT ON (person) person, dealer_id, protected_until
    FROM owned ORDER BY person, starts_at DESC, is_new DESC
), before AS (
    SELECT DISTINCT ON (p.person) p.person, o.dealer_id, o.protected_until
    FROM customers_ownership AS o JOIN known_person AS p USING (identity_id)
    WHERE {given_sql("o")}
    ORDER BY p.person, lower(o.period) DESC
)
SELECT old, new, count(*) FROM (
    SELECT CASE WHEN b.dealer_id IS NOT NULL THEN was.name END AS old,
        CASE WHEN b.dealer_id IS DISTINCT FROM a.dealer_id THEN new.name END AS new
    FROM after AS a JOIN dealers_dealer AS new ON new.id = a.dealer_id
    LEFT JOIN before AS b USING (person)
    LEFT JOIN dealers_dealer AS was ON was.id = b.dealer_id
    WHERE b.dealer_id IS DISTINCT FROM a.dealer_id OR a.protected_until > b.protected_until
) AS moved
GROUP BY 1, 2 ORDER BY (old IS NULL OR new IS NULL), 3 DESC, 1, 2
LIMIT 50
"""  # noqa: S608 -- put together from our own text
ANSWERS = "SELECT answer, count(*) FROM answered GROUP BY 1 ORDER BY 2 DESC, 1"
