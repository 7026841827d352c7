"""Telling the sides of a case, and who decides: its number and nothing of anybody."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_noop

from customers.models import Case, CaseSide
from dealers import notices, sayings
from dealers.models import Membership, NoticeKind, User

OPENED = gettext_noop("Case %(code)s: somebody says that a customer of yours is theirs")
TOUCHED = gettext_noop("Case %(code)s: headquarters touched a protected customer of yours")
TOUCHED_SALE = gettext_noop("Case %(code)s: a sale of yours is of somebody's protected customer")
PROPOSED = gettext_noop("Case %(code)s: the rules propose a decision")
DECIDED = gettext_noop("Case %(code)s is decided; you can appeal once")
APPEALED = gettext_noop("Case %(code)s is decided anew after an appeal")
CLOSED = gettext_noop("Case %(code)s is closed")
OPENED_FOR = gettext_noop("Case %(code)s was opened for you: bring what shows it")
REVIEW = gettext_noop("Case %(code)s waits for your decision")


def sides(case: Case, sentence: str, at: datetime, only: Iterable[str] = ("A", "B")) -> None:
    """Tell whoever answers for the stores of these sides, once a sentence."""
    for side in case.sides.filter(side__in=list(only)).select_related("store"):
        to(_people(side, at), case, sentence, case.get_absolute_url(), at)


def reviewer(case: Case, at: datetime) -> None:
    """Tell who is to decide."""
    if case.reviewer is not None:
        page = reverse("customers:review-case", args=[case.pk])
        to([case.reviewer], case, REVIEW, page, at)


def to(people: Iterable[User], case: Case, sentence: str, page: str, at: datetime) -> None:
    notices.tell(
        people,
        NoticeKind.CASE,
        sayings.kept(sentence, code=[case.code]),
        to=page,
        about=f"{case.code}:{sentence[:60]}",
        at=at,
    )


def _people(side: CaseSide, at: datetime) -> list[User]:
    posts = Membership.objects.current(at).answering_for(side.store)
    return [post.user for post in posts.select_related("user").order_by("pk")]
